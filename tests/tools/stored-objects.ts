import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { WireClient, WireResponse } from "../harness/wire-client.ts";
import type { Job, Scheme, Tool } from "./tool.ts";

/** The keys below the job's prefix, as a client without an SDK lists them. */
export async function listStored(client: WireClient, job: Job): Promise<readonly string[]> {
  const query = { "list-type": "2", prefix: job.prefix };
  const response = await client.request({ method: "GET", bucket: job.bucket, query });
  assert.equal(response.status, 200, `listing: ${response.body}`);
  // What the jobs store needs no escapes.
  return [...response.body.toString("utf8").matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key]) => key ?? "");
}

const ASKED: Readonly<Record<Scheme, "AES256" | "aws:kms" | "customer">> = {
  "sse-s3": "AES256",
  "sse-kms": "aws:kms",
  "sse-c": "customer",
  default: "AES256",
  "bucket-kms": "aws:kms",
};

/** Throws unless the object is encrypted as the job asked; true when it was uploaded in parts. */
export async function assertStored(
  client: WireClient,
  tool: Tool,
  job: Job,
  objectKey: string,
): Promise<boolean> {
  const isCustomer = job.scheme === "sse-c";
  const head = (headers: Readonly<Record<string, string>>): Promise<WireResponse> =>
    client.request({ method: "HEAD", bucket: job.bucket, objectKey, headers });
  if (isCustomer)
    assert.equal((await head({})).status, 400, `${objectKey} is shown without the customer's key`);
  const response = await head(isCustomer ? customerHeaders(job.customerKey) : {});
  assert.equal(response.status, 200, `HEAD of ${objectKey}`);
  const header = (name: string): unknown => response.headers[`x-amz-server-side-encryption${name}`];
  const found = header("-customer-algorithm") === "AES256" ? "customer" : header("");
  assert.equal(found, ASKED[job.scheme], `the scheme of ${objectKey}`);
  const isOwnKey = header("-aws-kms-key-id") === job.kmsKeyArn;
  const wantsOwnKey =
    job.scheme === "bucket-kms" || (job.scheme === "sse-kms" && tool.namesNoKmsKey !== true);
  assert.equal(isOwnKey, wantsOwnKey, `the KMS key of ${objectKey}: ${header("-aws-kms-key-id")}`);
  return /-\d+"$/.test(String(response.headers.etag));
}

/** Throws unless what a tool showed of an object is how it is encrypted. */
export function assertSeen(job: Job, seen: string): void {
  const asked = ASKED[job.scheme];
  const [scheme, key] = seen.split(" ");
  assert.equal(scheme, asked, "the scheme in the tool's own HEAD");
  if (key !== undefined && key !== "") assert.equal(key, job.kmsKeyArn, "the KMS key in the tool's own HEAD");
}

function customerHeaders(key: string): Readonly<Record<string, string>> {
  const prefix = "x-amz-server-side-encryption-customer";
  return {
    [`${prefix}-algorithm`]: "AES256",
    [`${prefix}-key`]: Buffer.from(key).toString("base64"),
    [`${prefix}-key-md5`]: createHash("md5").update(key).digest("base64"),
  };
}
