import type { ListObjectsPage } from "@strongroom/store";
import { element } from "@strongroom/wire";
import { bucketPermission } from "../auth/object-permissions.ts";
import { requireBucketName } from "../http/addressed.ts";
import { keyPrinter, type ListParameters, readListParameters } from "../http/list-parameters.ts";
import { commonPrefixElements, contentsElement } from "../http/listed-elements.ts";
import { parsePageToken, printPageToken } from "../http/page-token.ts";
import { optionalElement, s3Document } from "../http/s3-document.ts";
import type { Operation } from "../operation.ts";

interface Input extends ListParameters {
  readonly bucket: string;
  readonly startAfter: string | undefined;
  readonly continuationToken: string | undefined;
  readonly after: string;
  readonly fetchOwner: boolean;
}

const NOTHING: ListObjectsPage = { objects: [], commonPrefixes: [], nextAfter: null };

export const listObjectsV2: Operation<Input, ListObjectsPage> = {
  name: "ListObjectsV2",
  route: { method: "GET", level: "bucket", queryValues: { "list-type": "2" } },
  read: (request) => {
    const bucket = requireBucketName(request);
    const { query } = request;
    const startAfter = query.get("start-after");
    const continuationToken = query.get("continuation-token");
    return {
      bucket,
      startAfter,
      continuationToken,
      // A token knows better than where the first page began.
      after: continuationToken === undefined ? (startAfter ?? "") : parsePageToken(bucket, continuationToken),
      fetchOwner: query.get("fetch-owner") === "true",
      ...readListParameters(query, "max-keys"),
    };
  },
  permissions: bucketPermission("s3:ListBucket"),
  run: async ({ bucket, prefix, delimiter, after, limit }, { store }) =>
    limit === 0 ? NOTHING : await store.listObjects({ bucket, prefix, delimiter, after, limit }),
  write: (page, response, input) => {
    const print = keyPrinter(input.encodingType);
    const token = page.nextAfter === null ? undefined : printPageToken(input.bucket, page.nextAfter);
    response.sendXml(
      s3Document("ListBucketResult", [
        element("Name", input.bucket),
        element("Prefix", print(input.prefix)),
        optionalElement(
          "StartAfter",
          input.startAfter === undefined || input.continuationToken !== undefined
            ? undefined
            : print(input.startAfter),
        ),
        optionalElement("ContinuationToken", input.continuationToken),
        optionalElement("NextContinuationToken", token),
        element("KeyCount", page.objects.length + page.commonPrefixes.length),
        element("MaxKeys", input.limit),
        optionalElement("Delimiter", input.delimiter === "" ? undefined : print(input.delimiter)),
        optionalElement("EncodingType", input.encodingType),
        element("IsTruncated", page.nextAfter !== null),
        ...page.objects.map((version) => contentsElement(version, print, input.fetchOwner)),
        ...commonPrefixElements(page.commonPrefixes, print),
      ]),
    );
  },
};
