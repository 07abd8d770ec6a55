import {
  childrenNamed,
  element,
  optionalChild,
  optionalText,
  parseXml,
  requiredText,
  requireRoot,
  type XmlElement,
  type XmlNode,
} from "@strongroom/wire";
import { type Grant, MAX_GRANTS } from "../access/access-list.ts";
import { granteeElement, readGrant } from "../access/access-list-document.ts";
import { S3Error, s3Error } from "../errors.ts";
import { s3Document } from "../http/s3-document.ts";
import {
  type LoggingConfiguration,
  type LogKeyFormat,
  PARTITION_DATE_SOURCES,
  type PartitionDateSource,
} from "./logging-configuration.ts";

/** What a name of a log object has behind the prefix has to fit into a key beside it. */
const PREFIX_LIMIT_BYTES = 800;

/**
 * The document of PutBucketLogging; null: logging is turned off. Throws MalformedXML, InvalidArgument and
 * UnresolvableGrantByEmailAddress.
 */
export function readLogging(text: string): LoggingConfiguration | null {
  const enabled = optionalChild(requireRoot(parseXml(text), "BucketLoggingStatus"), "LoggingEnabled");
  if (enabled === undefined) return null;
  const targetBucket = requiredText(enabled, "TargetBucket");
  const targetPrefix = requiredText(enabled, "TargetPrefix");
  if (targetBucket === "" || Buffer.byteLength(targetPrefix) > PREFIX_LIMIT_BYTES) {
    throw s3Error("MalformedXML");
  }
  const keyFormat = optionalChild(enabled, "TargetObjectKeyFormat");
  return {
    targetBucket,
    targetPrefix,
    targetGrants: readGrants(optionalChild(enabled, "TargetGrants")),
    keyFormat: keyFormat === undefined ? null : readKeyFormat(keyFormat),
  };
}

/** `logging` null: an empty status, as S3 answers where nothing is logged. */
export function loggingDocument(logging: LoggingConfiguration | null): XmlElement {
  if (logging === null) return s3Document("BucketLoggingStatus", []);
  const { targetBucket, targetPrefix, targetGrants, keyFormat } = logging;
  return s3Document("BucketLoggingStatus", [
    element("LoggingEnabled", [
      element("TargetBucket", targetBucket),
      element("TargetPrefix", targetPrefix),
      targetGrants.length === 0 ? undefined : element("TargetGrants", targetGrants.map(grantElement)),
      keyFormat === null ? undefined : element("TargetObjectKeyFormat", [keyFormatElement(keyFormat)]),
    ]),
  ]);
}

function readGrants(node: XmlNode | undefined): readonly Grant[] {
  const nodes = node === undefined ? [] : childrenNamed(node, "Grant");
  if (nodes.length > MAX_GRANTS) throw s3Error("MalformedXML");
  try {
    return nodes.map(readGrant);
  } catch (error) {
    if (error instanceof S3Error && error.code === "MalformedACLError") {
      throw s3Error("MalformedXML", { cause: error });
    }
    throw error;
  }
}

function readKeyFormat(node: XmlNode): LogKeyFormat {
  const simple = optionalChild(node, "SimplePrefix");
  const partitioned = optionalChild(node, "PartitionedPrefix");
  if ((simple === undefined) === (partitioned === undefined)) throw s3Error("MalformedXML");
  if (partitioned === undefined) return { kind: "simple" };
  const text = optionalText(partitioned, "PartitionDateSource");
  return { kind: "partitioned", dateSource: text === undefined ? null : requireDateSource(text) };
}

function requireDateSource(text: string): PartitionDateSource {
  const source = PARTITION_DATE_SOURCES.find((known) => known === text);
  if (source === undefined) throw s3Error("MalformedXML");
  return source;
}

function grantElement({ grantee, permission }: Grant): XmlElement {
  return element("Grant", [granteeElement(grantee), element("Permission", permission)]);
}

function keyFormatElement(format: LogKeyFormat): XmlElement {
  if (format.kind === "simple") return element("SimplePrefix", []);
  const { dateSource } = format;
  return element(
    "PartitionedPrefix",
    dateSource === null ? [] : [element("PartitionDateSource", dateSource)],
  );
}
