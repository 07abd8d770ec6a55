import type { PartsPage, StoredVersion } from "@strongroom/store";
import { element, printHttpDate, type XmlElement } from "@strongroom/wire";
import { allOf, objectPermission } from "../auth/object-permissions.ts";
import { requestKeys } from "../encryption/request-keys.ts";
import type { S3Request } from "../http/s3-request.ts";
import { checksumElement, checksumTypeElement } from "../object/checksum-headers.ts";
import { type ObjectAddress, readObjectAddress, readVersionId } from "../object/object-address.ts";
import { type ObjectAttributeName, readObjectAttributeNames } from "../object/object-attribute-names.ts";
import { DEFAULT_PAGE_SIZE, parseCount } from "../object/page-parameters.ts";
import { versionIdHeaderOf } from "../object/version-id-header.ts";
import { XML_NAMESPACE } from "../object/xml-namespace.ts";
import type { Operation, S3Services } from "../operation.ts";

export interface GetObjectAttributesRequest extends ObjectAddress {
  readonly versionId: string | undefined;
  readonly attributes: ReadonlySet<ObjectAttributeName>;
  readonly afterPartNumber: number;
  readonly limit: number;
}

export interface GetObjectAttributesResult {
  readonly version: StoredVersion;
  readonly versionIdHeader: string | undefined;
  /** null unless parts were asked for and the object keeps a checksum for each. */
  readonly parts: PartsPage | null;
}

/** Facts about an object that HEAD does not tell, such as its parts. */
export const getObjectAttributes: Operation<GetObjectAttributesRequest, GetObjectAttributesResult> = {
  name: "GetObjectAttributes",
  route: { method: "GET", level: "object", query: ["attributes"] },

  read(request) {
    const marker = "x-amz-part-number-marker";
    const most = "x-amz-max-parts";
    return {
      ...readObjectAddress(request),
      versionId: readVersionId(request),
      attributes: readObjectAttributeNames(request),
      afterPartNumber: parseCount(marker, request.header(marker), { fallback: 0 }),
      limit: parseCount(most, request.header(most), { fallback: DEFAULT_PAGE_SIZE, most: DEFAULT_PAGE_SIZE }),
    };
  },

  permissions: allOf(
    objectPermission("s3:GetObject", "s3:GetObjectVersion"),
    objectPermission("s3:GetObjectAttributes", "s3:GetObjectVersionAttributes"),
  ),

  async run(input, services, request, access) {
    const version = await describe(input, services, request);
    const hasPartChecksums = version.checksum?.type === "COMPOSITE";
    const parts =
      input.attributes.has("ObjectParts") && hasPartChecksums
        ? await services.store.listParts({ ...input, versionId: version.versionId })
        : null;
    const versionIdHeader = versionIdHeaderOf(access.bucket, version.versionId);
    return { version, versionIdHeader, parts };
  },

  write({ version, versionIdHeader, parts }, response, input) {
    const { attributes } = input;
    const { checksum } = version;
    response
      .status(200)
      .header("last-modified", printHttpDate(version.modifiedMs))
      .header("x-amz-version-id", versionIdHeader)
      .sendXml(
        element(
          "GetObjectAttributesResponse",
          [
            attributes.has("ETag") ? element("ETag", version.etag) : undefined,
            attributes.has("Checksum") && checksum !== null
              ? element("Checksum", [checksumElement(checksum, "bare"), checksumTypeElement(checksum)])
              : undefined,
            attributes.has("ObjectParts") ? partsElement(version, parts, input) : undefined,
            attributes.has("StorageClass") ? element("StorageClass", version.storageClass) : undefined,
            attributes.has("ObjectSize") ? element("ObjectSize", version.sizeBytes) : undefined,
          ],
          XML_NAMESPACE,
        ),
      );
  },
};

/** Needs no key of the key service but for checksums, the parts' as well, which say something of the data. */
async function describe(
  input: GetObjectAttributesRequest,
  { store }: S3Services,
  request: S3Request,
): Promise<StoredVersion> {
  const selector = { ...input, keys: requestKeys(request) };
  if (!input.attributes.has("Checksum")) {
    const version = await store.readVersion(selector);
    if (!input.attributes.has("ObjectParts") || version.checksum?.type !== "COMPOSITE") return version;
  }
  return (await store.openObject(selector)).version;
}

function partsElement(
  { partCount }: StoredVersion,
  page: PartsPage | null,
  asked: GetObjectAttributesRequest,
): XmlElement | undefined {
  if (partCount === 0) return undefined;
  if (page === null) return element("ObjectParts", [element("PartsCount", partCount)]);
  return element("ObjectParts", [
    element("PartsCount", partCount),
    element("PartNumberMarker", asked.afterPartNumber),
    element("NextPartNumberMarker", page.parts.at(-1)?.partNumber ?? 0),
    element("MaxParts", asked.limit),
    element("IsTruncated", page.nextAfterPartNumber !== null),
    ...page.parts.map((part) =>
      element("Part", [
        element("PartNumber", part.partNumber),
        element("Size", part.sizeBytes),
        checksumElement(part.checksum, "bare"),
      ]),
    ),
  ]);
}
