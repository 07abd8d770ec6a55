import assert from "node:assert/strict";
import { createHash, createHmac, randomBytes } from "node:crypto";
import { encodeKeyPath, signatureOf, timestampOf, UNSIGNED_PAYLOAD } from "../harness/sigv4-signer.ts";
import { type WireRequest, type WireResponse, xmlTexts } from "../harness/wire-client.ts";
import { makeKey } from "./canary-keys.ts";
import type { CanaryTarget } from "./canary-writes.ts";

type Headers = Readonly<Record<string, string>>;

/** The headers that a write brings, and those that a later read must bring. */
interface Scheme {
  readonly name: string;
  readonly write: () => Headers;
  readonly read: Headers;
}

async function send(
  target: CanaryTarget,
  input: WireRequest,
  expected: readonly number[] = [200],
): Promise<WireResponse> {
  const response = await target.client.request({ bucket: target.bucket, ...input });
  const said = `${input.method} ${input.objectKey}: ${response.status} ${response.body.subarray(0, 500)}`;
  assert.ok(expected.includes(response.status), said);
  target.tally.add("canary requests under a named scheme");
  return response;
}

const CUSTOMER = "x-amz-server-side-encryption-customer-";

/** A customer's key as three headers. The key and its digest, which the server is shown, are secrets. */
function customerKey(target: CanaryTarget, name: string, prefix = CUSTOMER): Headers {
  const key = randomBytes(32);
  const digest = createHash("md5").update(key).digest();
  target.ledger.secretBytes(name, key);
  target.ledger.secretBytes(`MD5 of ${name}`, digest);
  return {
    [`${prefix}algorithm`]: "AES256",
    [`${prefix}key`]: key.toString("base64"),
    [`${prefix}key-md5`]: digest.toString("base64"),
  };
}

const asCopySource = (headers: Headers): Headers =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.replace("x-amz-", "x-amz-copy-source-"), value]),
  );

async function makeSchemes(target: CanaryTarget): Promise<readonly Scheme[]> {
  const keyId = await makeKey(target, "a key for objects");
  const kms =
    (algorithm: string, more: Headers = {}) =>
    (): Headers => {
      const { ledger } = target;
      const context = JSON.stringify({ [ledger.word("S3 context name")]: ledger.word("S3 context value") });
      ledger.secretText("S3 context as its header has it", Buffer.from(context).toString("base64"));
      return {
        "x-amz-server-side-encryption": algorithm,
        "x-amz-server-side-encryption-aws-kms-key-id": keyId,
        "x-amz-server-side-encryption-context": Buffer.from(context).toString("base64"),
        ...more,
      };
    };
  const customer = customerKey(target, "customer's key");
  return [
    { name: "SSE-S3", write: () => ({ "x-amz-server-side-encryption": "AES256" }), read: {} },
    { name: "SSE-KMS", write: kms("aws:kms"), read: {} },
    {
      name: "SSE-KMS with a bucket key",
      write: kms("aws:kms", { "x-amz-server-side-encryption-bucket-key-enabled": "true" }),
      read: {},
    },
    { name: "DSSE-KMS", write: kms("aws:kms:dsse"), read: {} },
    { name: "SSE-C", write: () => customer, read: customer },
  ];
}

/** Every scheme on every way to write, turned into one another, and refused. */
export async function useSchemes(target: CanaryTarget): Promise<void> {
  await allowCustomerKeys(target);
  const schemes = await makeSchemes(target);
  for (const scheme of schemes) {
    const objectKey = await putSmallAndLarge(target, scheme);
    await putInParts(target, scheme);
    await postForm(target, scheme);
    for (const other of schemes) await copyTo(target, objectKey, scheme, other);
  }
  await refuseCustomerKeys(target);
  await describeBucket(target);
}

async function allowCustomerKeys(target: CanaryTarget): Promise<void> {
  const rule =
    "<ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault>" +
    "<BlockedEncryptionTypes><EncryptionType>NONE</EncryptionType></BlockedEncryptionTypes>";
  const document = `<ServerSideEncryptionConfiguration><Rule>${rule}</Rule></ServerSideEncryptionConfiguration>`;
  await putDocument(target, "encryption", document);
}

function wordsOf(target: CanaryTarget, name: string): Headers {
  const { ledger } = target;
  return {
    [`x-amz-meta-${ledger.word(`metadata name of ${name}`)}`]: ledger.word(`metadata value of ${name}`),
    "x-amz-tagging": `${ledger.word(`tag name of ${name}`)}=${ledger.word(`tag value of ${name}`)}`,
  };
}

/** The key of the large one. */
async function putSmallAndLarge(target: CanaryTarget, scheme: Scheme): Promise<string> {
  let objectKey = "";
  for (const sizeBytes of [0, 300, 150_000]) {
    const name = `${scheme.name} of ${sizeBytes} bytes`;
    objectKey = target.ledger.word(`object key of ${name}`);
    const body = sizeBytes === 0 ? Buffer.alloc(0) : target.ledger.body(name, sizeBytes);
    const headers = { ...wordsOf(target, name), ...scheme.write() };
    await send(target, { method: "PUT", objectKey, headers, body });
    const read = await send(target, { method: "GET", objectKey, headers: scheme.read });
    assert.ok(read.body.equals(body), `${name} reads otherwise`);
    await send(target, { method: "HEAD", objectKey, headers: scheme.read });
  }
  return objectKey;
}

async function putInParts(target: CanaryTarget, scheme: Scheme): Promise<void> {
  const objectKey = target.ledger.word(`object key of parts under ${scheme.name}`);
  const headers = { ...wordsOf(target, `parts under ${scheme.name}`), ...scheme.write() };
  const created = await send(target, { method: "POST", objectKey, query: { uploads: "" }, headers });
  const uploadId = xmlTexts(created.body, "UploadId")[0] ?? "";
  let parts = "";
  for (const [index, sizeBytes] of [5 << 20, 70_000].entries()) {
    const query = { partNumber: String(index + 1), uploadId };
    const body = target.ledger.body(`part ${index + 1} under ${scheme.name}`, sizeBytes);
    const part = await send(target, { method: "PUT", objectKey, query, headers: scheme.read, body });
    parts += `<Part><PartNumber>${index + 1}</PartNumber><ETag>${part.headers.etag}</ETag></Part>`;
  }
  const body = Buffer.from(`<CompleteMultipartUpload>${parts}</CompleteMultipartUpload>`);
  await send(target, { method: "POST", objectKey, query: { uploadId }, headers: scheme.read, body });
}

async function copyTo(target: CanaryTarget, source: string, from: Scheme, to: Scheme): Promise<void> {
  const objectKey = target.ledger.word(`object key of a copy from ${from.name} to ${to.name}`);
  const headers = {
    "x-amz-copy-source": `/${target.bucket}/${encodeKeyPath(source)}`,
    ...asCopySource(from.read),
    ...to.write(),
  };
  await send(target, { method: "PUT", objectKey, headers });
}

/** A browser's form whose policy and signature are fields like the others. */
async function postForm(target: CanaryTarget, scheme: Scheme): Promise<void> {
  const { ledger, client, bucket } = target;
  const { credentials, region } = client.target;
  const timestamp = timestampOf(Date.now());
  const { signingKey, scope } = signatureOf(
    { method: "POST", path: "/", query: [], headers: {}, payloadHash: UNSIGNED_PAYLOAD, credentials, region },
    timestamp,
  );
  const fields: Record<string, string> = {
    bucket,
    key: ledger.word(`object key of a form under ${scheme.name}`),
    [`x-amz-meta-${ledger.word("metadata name of a form")}`]: ledger.word("metadata value of a form"),
    ...scheme.write(),
    "x-amz-algorithm": "AWS4-HMAC-SHA256",
    "x-amz-credential": `${credentials.accessKeyId}/${scope}`,
    "x-amz-date": timestamp,
  };
  const conditions = Object.entries(fields).map(([name, value]) => ({ [name]: value }));
  const expiration = new Date(Date.now() + 60_000).toISOString();
  const policy = Buffer.from(JSON.stringify({ expiration, conditions })).toString("base64");
  const signature = createHmac("sha256", signingKey).update(policy).digest("hex");
  ledger.secretText("signature of a form", signature);
  const form = new FormData();
  for (const [name, value] of Object.entries({ ...fields, policy, "x-amz-signature": signature }))
    if (name !== "bucket") form.append(name, value);
  const body = ledger.body(`form under ${scheme.name}`, 3000);
  form.append("file", new File([new Uint8Array(body)], ledger.word("file name of a form")));
  const serialised = new Response(form);
  await send(
    target,
    {
      method: "POST",
      credentials: null,
      headers: { "content-type": serialised.headers.get("content-type") ?? "" },
      body: Buffer.from(await serialised.arrayBuffer()),
    },
    [204],
  );
}

/** Reads with a wrong key and with none, writes whose key does not fit its digest, and conflicting schemes. */
async function refuseCustomerKeys(target: CanaryTarget): Promise<void> {
  const { ledger } = target;
  const objectKey = ledger.word("object key under a customer's key");
  const right = customerKey(target, "customer's right key");
  const body = ledger.body("body under a customer's key", 1000);
  await send(target, { method: "PUT", objectKey, headers: right, body });
  const wrong = customerKey(target, "customer's wrong key");
  await send(target, { method: "GET", objectKey, headers: wrong }, [403]);
  await send(target, { method: "GET", objectKey }, [400]);
  const unfit = { ...right, [`${CUSTOMER}key-md5`]: wrong[`${CUSTOMER}key-md5`] ?? "" };
  await send(target, { method: "PUT", objectKey, headers: unfit, body }, [400]);
  const both = { ...right, "x-amz-server-side-encryption": "AES256" };
  await send(target, { method: "PUT", objectKey, headers: both, body }, [400]);
  const inQuery = { [`${CUSTOMER}key`]: customerKey(target, "key in a query")[`${CUSTOMER}key`] ?? "" };
  await send(target, { method: "GET", objectKey, query: inQuery }, [400, 403]);
}

async function putDocument(target: CanaryTarget, subresource: string, document: string): Promise<void> {
  const body = Buffer.from(document);
  const headers = { "content-md5": createHash("md5").update(body).digest("base64") };
  await send(target, { method: "PUT", query: { [subresource]: "" }, headers, body }, [200, 204]);
}

/** What a bucket's own documents say. */
async function describeBucket(target: CanaryTarget): Promise<void> {
  const { ledger } = target;
  const put = (sub: string, document: string): Promise<void> => putDocument(target, sub, document);
  const tag = `<Tag><Key>${ledger.word("bucket tag name")}</Key><Value>${ledger.word("bucket tag value")}</Value></Tag>`;
  await put("tagging", `<Tagging><TagSet>${tag}</TagSet></Tagging>`);
  const origin = `<AllowedOrigin>https://${ledger.word("origin")}</AllowedOrigin><AllowedMethod>GET</AllowedMethod>`;
  await put("cors", `<CORSConfiguration><CORSRule>${origin}</CORSRule></CORSConfiguration>`);
  const filter = `<Filter><Prefix>${ledger.word("prefix of a rule")}</Prefix></Filter>`;
  const rule = `<ID>${ledger.word("name of a rule")}</ID>${filter}<Status>Enabled</Status>`;
  const expires = `<LifecycleConfiguration><Rule>${rule}<Expiration><Days>900</Days></Expiration></Rule></LifecycleConfiguration>`;
  await put("lifecycle", expires);
  const policy = {
    Version: "2012-10-17",
    Statement: [
      {
        Sid: ledger.word("Sid").replaceAll("-", ""),
        Effect: "Deny",
        Principal: "*",
        Action: "s3:GetObject",
        Resource: `arn:aws:s3:::${target.bucket}/${ledger.word("resource of a policy")}`,
      },
    ],
  };
  await put("policy", JSON.stringify(policy));
}
