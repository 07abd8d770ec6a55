import type { Bucket } from "@strongroom/store";
import { element, printIso8601, type XmlElement } from "@strongroom/wire";
import { invalidArgument } from "../errors.ts";
import { AWS_REGIONS } from "../http/aws-regions.ts";
import { ownerElement } from "../http/listed-elements.ts";
import { parsePageToken, printPageToken } from "../http/page-token.ts";
import { optionalElement, s3Document } from "../http/s3-document.ts";
import type { Operation } from "../operation.ts";

interface Input {
  readonly ownerId: string;
  readonly prefix: string | undefined;
  readonly after: string;
  readonly limit: number;
  readonly region: string | undefined;
  /** S3 names each bucket's region only to callers that know of paging. */
  readonly paged: boolean;
}

interface Output {
  readonly buckets: readonly Bucket[];
  readonly nextAfter: string | null;
}

const PAGE_LIMIT = 10_000;
const PARAMETERS = ["max-buckets", "continuation-token", "prefix", "bucket-region"];
const TOKEN_SCOPE = "buckets";

export const listBuckets: Operation<Input, Output> = {
  name: "ListBuckets",
  route: { method: "GET", level: "service" },
  read: (request) => {
    const { query } = request;
    const token = query.get("continuation-token") ?? "";
    return {
      ownerId: request.caller.canonicalUserId,
      prefix: query.get("prefix"),
      after: token === "" ? "" : parsePageToken(TOKEN_SCOPE, token),
      limit: readLimit(query.get("max-buckets")),
      region: query.get("bucket-region"),
      paged: PARAMETERS.some((name) => query.has(name)),
    };
  },
  permissions: () => [{ action: "s3:ListAllMyBuckets", bucket: null, objectKey: null }],
  run: async (input, { store, region }) => {
    if (input.region !== undefined && input.region !== region) {
      if (!AWS_REGIONS.has(input.region)) {
        throw invalidArgument(`Argument value ${input.region} is not a valid AWS Region`, "bucket-region");
      }
      return { buckets: [], nextAfter: null };
    }
    return await store.listBuckets({
      ownerId: input.ownerId,
      prefix: input.prefix ?? "",
      after: input.after,
      limit: input.limit,
    });
  },
  write: (output, response, input) =>
    response.sendXml(
      s3Document("ListAllMyBucketsResult", [
        ownerElement(input.ownerId),
        element(
          "Buckets",
          output.buckets.map((bucket) => bucketElement(bucket, input.paged)),
        ),
        optionalElement(
          "ContinuationToken",
          output.nextAfter === null ? undefined : printPageToken(TOKEN_SCOPE, output.nextAfter),
        ),
        optionalElement("Prefix", input.prefix),
      ]),
    ),
};

function bucketElement(bucket: Bucket, withRegion: boolean): XmlElement {
  return element("Bucket", [
    element("BucketArn", `arn:aws:s3:::${bucket.name}`),
    withRegion ? element("BucketRegion", bucket.region) : undefined,
    element("CreationDate", printIso8601(bucket.createdMs)),
    element("Name", bucket.name),
  ]);
}

function readLimit(text: string | undefined): number {
  if (text === undefined) return PAGE_LIMIT;
  const limit = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (limit >= 1 && limit <= PAGE_LIMIT) return limit;
  throw invalidArgument(
    `Argument max-buckets must be an integer between 1 and ${PAGE_LIMIT}`,
    "max-buckets",
    text,
  );
}
