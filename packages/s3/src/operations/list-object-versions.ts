import type { ListObjectVersionsPage } from "@strongroom/store";
import { element } from "@strongroom/wire";
import { bucketPermission } from "../auth/object-permissions.ts";
import { invalidArgument } from "../errors.ts";
import { requireBucketName } from "../http/addressed.ts";
import { keyPrinter, type ListParameters, readListParameters } from "../http/list-parameters.ts";
import { commonPrefixElements, versionElement } from "../http/listed-elements.ts";
import { optionalElement, s3Document } from "../http/s3-document.ts";
import type { Operation } from "../operation.ts";

interface Input extends ListParameters {
  readonly bucket: string;
  readonly keyMarker: string;
  readonly versionIdMarker: string;
}

const NOTHING: ListObjectVersionsPage = { versions: [], commonPrefixes: [], next: null };

export const listObjectVersions: Operation<Input, ListObjectVersionsPage> = {
  name: "ListObjectVersions",
  route: { method: "GET", level: "bucket", query: ["versions"] },
  read: (request) => {
    const { query } = request;
    const keyMarker = query.get("key-marker") ?? "";
    const versionIdMarker = query.get("version-id-marker") ?? "";
    if (versionIdMarker !== "" && keyMarker === "") {
      throw invalidArgument(
        "A version-id marker cannot be specified without a key marker.",
        "version-id-marker",
        versionIdMarker,
      );
    }
    return {
      bucket: requireBucketName(request),
      keyMarker,
      versionIdMarker,
      ...readListParameters(query, "max-keys"),
    };
  },
  permissions: bucketPermission("s3:ListBucketVersions"),
  run: async (input, { store }) => {
    if (input.limit === 0) return NOTHING;
    const { bucket, prefix, delimiter, keyMarker, versionIdMarker, limit } = input;
    return await store.listObjectVersions({ bucket, prefix, delimiter, keyMarker, versionIdMarker, limit });
  },
  write: (page, response, input) => {
    const print = keyPrinter(input.encodingType);
    const next = page.next;
    response.sendXml(
      s3Document("ListVersionsResult", [
        element("Name", input.bucket),
        element("Prefix", print(input.prefix)),
        element("KeyMarker", print(input.keyMarker)),
        element("VersionIdMarker", input.versionIdMarker),
        optionalElement("NextKeyMarker", next === null ? undefined : print(next.keyMarker)),
        optionalElement(
          "NextVersionIdMarker",
          next?.versionIdMarker === "" ? undefined : next?.versionIdMarker,
        ),
        element("MaxKeys", input.limit),
        optionalElement("Delimiter", input.delimiter === "" ? undefined : print(input.delimiter)),
        optionalElement("EncodingType", input.encodingType),
        element("IsTruncated", next !== null),
        ...page.versions.map((version) => versionElement(version, print)),
        ...commonPrefixElements(page.commonPrefixes, print),
      ]),
    );
  },
};
