import type { ObjectVersion, StoredVersion } from "@strongroom/store";
import { element, printIso8601, quoteEtag, type XmlElement } from "@strongroom/wire";

type KeyPrinter = (objectKey: string) => string;

export function ownerElement(ownerId: string, name = "Owner"): XmlElement {
  return element(name, [element("ID", ownerId)]);
}

/** One `Contents` of ListObjects and ListObjectsV2. */
export function contentsElement(version: StoredVersion, print: KeyPrinter, withOwner: boolean): XmlElement {
  return element("Contents", [
    element("Key", print(version.objectKey)),
    element("LastModified", printIso8601(version.modifiedMs)),
    element("ETag", quoteEtag(version.etag)),
    ...checksumElements(version),
    element("Size", version.sizeBytes),
    withOwner ? ownerElement(version.ownerId) : undefined,
    element("StorageClass", version.storageClass),
  ]);
}

/** One `Version` or `DeleteMarker` of ListObjectVersions. */
export function versionElement(version: ObjectVersion, print: KeyPrinter): XmlElement {
  const head = [
    element("Key", print(version.objectKey)),
    element("VersionId", version.versionId),
    element("IsLatest", version.isLatest),
    element("LastModified", printIso8601(version.modifiedMs)),
  ];
  if (version.kind === "delete-marker")
    return element("DeleteMarker", [...head, ownerElement(version.ownerId)]);
  return element("Version", [
    ...head,
    element("ETag", quoteEtag(version.etag)),
    ...checksumElements(version),
    element("Size", version.sizeBytes),
    element("StorageClass", version.storageClass),
    ownerElement(version.ownerId),
  ]);
}

export function commonPrefixElements(prefixes: readonly string[], print: KeyPrinter): readonly XmlElement[] {
  return prefixes.map((prefix) => element("CommonPrefixes", [element("Prefix", print(prefix))]));
}

function checksumElements(version: StoredVersion): readonly XmlElement[] {
  if (version.checksum === null) return [];
  return [
    element("ChecksumAlgorithm", version.checksum.algorithm),
    element("ChecksumType", version.checksum.type),
  ];
}
