import type { ListObjectsPage } from "@strongroom/store";
import { element } from "@strongroom/wire";
import { bucketPermission } from "../auth/object-permissions.ts";
import { requireBucketName } from "../http/addressed.ts";
import { keyPrinter, type ListParameters, readListParameters } from "../http/list-parameters.ts";
import { commonPrefixElements, contentsElement } from "../http/listed-elements.ts";
import { optionalElement, s3Document } from "../http/s3-document.ts";
import type { Operation } from "../operation.ts";

interface Input extends ListParameters {
  readonly bucket: string;
  readonly marker: string;
}

const NOTHING: ListObjectsPage = { objects: [], commonPrefixes: [], nextAfter: null };

export const listObjects: Operation<Input, ListObjectsPage> = {
  name: "ListObjects",
  route: { method: "GET", level: "bucket" },
  read: (request) => ({
    bucket: requireBucketName(request),
    marker: request.query.get("marker") ?? "",
    ...readListParameters(request.query, "max-keys"),
  }),
  permissions: bucketPermission("s3:ListBucket"),
  run: async ({ bucket, prefix, delimiter, marker, limit }, { store }) =>
    limit === 0 ? NOTHING : await store.listObjects({ bucket, prefix, delimiter, after: marker, limit }),
  write: (page, response, input) => {
    const print = keyPrinter(input.encodingType);
    // Without a delimiter the next marker is the last key, which the client has already.
    const nextMarker = page.nextAfter !== null && input.delimiter !== "" ? print(page.nextAfter) : undefined;
    response.sendXml(
      s3Document("ListBucketResult", [
        element("Name", input.bucket),
        element("Prefix", print(input.prefix)),
        element("Marker", print(input.marker)),
        optionalElement("NextMarker", nextMarker),
        element("MaxKeys", input.limit),
        optionalElement("Delimiter", input.delimiter === "" ? undefined : print(input.delimiter)),
        optionalElement("EncodingType", input.encodingType),
        element("IsTruncated", page.nextAfter !== null),
        ...page.objects.map((version) => contentsElement(version, print, true)),
        ...commonPrefixElements(page.commonPrefixes, print),
      ]),
    );
  },
};
