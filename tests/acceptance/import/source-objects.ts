import { createHash, randomBytes } from "node:crypto";
import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  type S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";

export const BUCKET = "archive";
const PART_BYTES = 5 * 1024 * 1024;

/** What can be told of a version from outside. */
export interface SeenVersion {
  readonly objectKey: string;
  readonly kind: "object" | "marker";
  readonly sha256: string;
  readonly contentType: string;
  readonly metadata: string;
  readonly tags: string;
}

export type Schemes = Readonly<Record<string, Partial<PutObjectCommandInput>>>;

export function customerKey(): { readonly key: Buffer; readonly headers: Partial<PutObjectCommandInput> } {
  const key = randomBytes(32);
  const digest = createHash("md5").update(key).digest("base64");
  return {
    key,
    headers: {
      SSECustomerAlgorithm: "AES256",
      SSECustomerKey: key.toString("base64"),
      SSECustomerKeyMD5: digest,
    },
  };
}

/** Objects of every size class under each scheme, versions, a marker, metadata, tags and names that are hard to write. */
export async function fillSource(s3: S3Client, schemes: Schemes): Promise<void> {
  await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
  const Status = "Enabled" as const;
  await s3.send(new PutBucketVersioningCommand({ Bucket: BUCKET, VersioningConfiguration: { Status } }));
  for (const [name, scheme] of Object.entries(schemes)) {
    for (const size of [0, 1, 1_000, 200_000, 65_536 * 3, 1_500_001]) {
      const Metadata = { scheme: name, note: "kept" };
      const described = { ContentType: "text/x-kept", Tagging: "team=a&size=one", Metadata };
      const put = { Bucket: BUCKET, Key: `${name}/of ${size} bytes+ü`, Body: randomBytes(size) };
      await s3.send(new PutObjectCommand({ ...put, ...described, ...scheme }));
    }
    await putParts(s3, `${name}/parts`, scheme);
  }
  for (const text of ["first", "second", "third"]) {
    await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: "versions/k", Body: text }));
  }
  await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: "versions/hidden", Body: "below a marker" }));
  await s3.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: "versions/hidden" }));
}

async function putParts(s3: S3Client, Key: string, scheme: Partial<PutObjectCommandInput>): Promise<void> {
  const { SSECustomerAlgorithm, SSECustomerKey, SSECustomerKeyMD5 } = scheme;
  const secret = { SSECustomerAlgorithm, SSECustomerKey, SSECustomerKeyMD5 };
  const at = { Bucket: BUCKET, Key };
  const { UploadId } = await s3.send(
    new CreateMultipartUploadCommand({ ...at, ...scheme, Body: undefined } as never),
  );
  const Parts = [];
  for (const [index, size] of [PART_BYTES, PART_BYTES, 77].entries()) {
    const PartNumber = index + 1;
    const part = { ...at, UploadId, PartNumber, Body: randomBytes(size), ...secret };
    const { ETag } = await s3.send(new UploadPartCommand(part));
    Parts.push({ PartNumber, ETag });
  }
  await s3.send(
    new CompleteMultipartUploadCommand({ ...at, UploadId, MultipartUpload: { Parts }, ...secret }),
  );
}

/** Every version, as a reader with the customer's key sees it, by key and oldest first. */
export async function readAll(
  s3: S3Client,
  secretFor: (objectKey: string) => Partial<PutObjectCommandInput>,
): Promise<readonly SeenVersion[]> {
  const { Versions = [], DeleteMarkers = [] } = await s3.send(
    new ListObjectVersionsCommand({ Bucket: BUCKET }),
  );
  const seen: SeenVersion[] = [];
  for (const { Key = "", VersionId } of Versions.toReversed()) {
    const { SSECustomerAlgorithm, SSECustomerKey, SSECustomerKeyMD5 } = secretFor(Key);
    const secret = { SSECustomerAlgorithm, SSECustomerKey, SSECustomerKeyMD5 };
    const at = { Bucket: BUCKET, Key, VersionId };
    const got = await s3.send(new GetObjectCommand({ ...at, ...secret }));
    const body = (await got.Body?.transformToByteArray()) ?? new Uint8Array();
    const { TagSet = [] } = await s3.send(new GetObjectTaggingCommand(at));
    const tags = TagSet.map(({ Key: name, Value }) => `${name}=${Value}`).sort();
    seen.push({
      objectKey: Key,
      kind: "object",
      sha256: createHash("sha256").update(body).digest("hex"),
      contentType: got.ContentType ?? "",
      metadata: JSON.stringify(Object.entries(got.Metadata ?? {}).sort()),
      tags: tags.join("&"),
    });
  }
  for (const { Key = "" } of DeleteMarkers) {
    seen.push({ objectKey: Key, kind: "marker", sha256: "", contentType: "", metadata: "", tags: "" });
  }
  return seen.sort((a, b) => (a.objectKey < b.objectKey ? -1 : a.objectKey > b.objectKey ? 1 : 0));
}
