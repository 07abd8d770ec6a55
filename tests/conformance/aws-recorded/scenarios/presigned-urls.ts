import { presignQuery } from "../../../harness/sigv4-signer.ts";
import type { WireResponse } from "../../../harness/wire-client.ts";
import type { Scenario, Scenarios } from "../scenario.ts";
import { documentAndStatus, documentOf } from "./post-form.ts";

const CLASS = "test_s3.py::TestS3PresignedUrl::";

type Pairs = Readonly<Record<string, string>>;

interface Presigned {
  readonly method: "GET" | "PUT" | "DELETE";
  readonly objectKey: string;
  readonly query: Pairs;
}

interface PresignInput {
  /** Parameters that are signed with the URL. */
  readonly query?: Pairs;
  /** Headers that are signed by name and sent by whoever uses the URL. */
  readonly headers?: Pairs;
  readonly expiresSeconds?: number;
}

function presign(
  t: Scenario,
  method: Presigned["method"],
  objectKey: string,
  { query = {}, headers = {}, expiresSeconds = 3600 }: PresignInput = {},
): Presigned {
  const { endpoint, region, credentials } = t.clients.wire.target;
  const pairs = presignQuery({
    method,
    path: `/${t.bucket}/${objectKey}`,
    query: Object.entries(query),
    headers: { host: new URL(endpoint).host, ...headers },
    credentials,
    region,
    expiresSeconds,
  });
  return { method, objectKey, query: Object.fromEntries(pairs) };
}

const use = (t: Scenario, url: Presigned, headers: Pairs = {}, body?: string): Promise<WireResponse> =>
  t.wire({ ...url, headers, credentials: null, ...(body === undefined ? {} : { body: Buffer.from(body) }) });

const changed = (url: Presigned, change: (query: Pairs) => Pairs): Presigned => ({
  ...url,
  query: change(url.query),
});

/** A good answer has no document. */
const outcome = (response: WireResponse): object =>
  response.body.length === 0 ? { StatusCode: response.status } : documentAndStatus(response);

async function putObject(t: Scenario): Promise<void> {
  await use(t, presign(t, "PUT", "my-key"), {}, "something");
  await t.matchConsumed("get_object", { Key: "my-key" });
}

async function expired(t: Scenario): Promise<void> {
  const Key = "key-expires-in-2";
  await t.s3("PutObject", { Key, Body: "something" });
  const url = presign(t, "GET", Key, { expiresSeconds: 2 });
  t.expect((await use(t, url)).status === 200, "a URL is refused before it expires");
  await t.sleep(2_100);
  t.check("expired-exception", documentOf(await use(t, url)));
}

async function authenticationExpired(t: Scenario): Promise<void> {
  await t.s3("PutObject", { Key: "temp.txt", Body: "123" });
  const url = presign(t, "GET", "temp.txt", { expiresSeconds: 1 });
  await t.sleep(1_100);
  t.check("expired", documentOf(await use(t, url)));
}

async function authentication(t: Scenario): Promise<void> {
  const Key = "temp.txt";
  await t.s3("PutObject", { Key, Body: "123" });
  const got = await use(t, presign(t, "GET", Key));
  t.expect(got.body.toString() === "123", "a presigned GET");
  const query = { "response-content-type": "text/plain", "response-content-disposition": "attachment" };
  const overriding = presign(t, "GET", Key, { query });
  t.expect(
    (await use(t, overriding)).headers["content-type"] === "text/plain",
    "a presigned GET that overrides",
  );
  const without = changed(overriding, (pairs) =>
    Object.fromEntries(Object.entries(pairs).filter(([name]) => !name.startsWith("response-"))),
  );
  const fake = { "content-type": "my-fake-content/type" };
  t.check("invalid-get-1", documentOf(await use(t, without, fake)));
  t.expect((await use(t, presign(t, "PUT", Key), {}, "data")).status === 200, "a presigned PUT");
  const text = { "content-type": "text/plain" };
  const typed = presign(t, "PUT", Key, { headers: text });
  t.expect((await use(t, typed, text, "data")).status === 200, "a presigned PUT with its type");
  t.check("invalid-put-1", documentOf(await use(t, typed, fake, "data")));
  t.expect((await use(t, presign(t, "DELETE", Key))).status === 204, "a presigned DELETE");
}

async function missingParameter(t: Scenario): Promise<void> {
  await t.s3("PutObject", { Key: "key-missing-param", Body: "something" });
  const url = presign(t, "GET", "key-missing-param", { expiresSeconds: 5 });
  const undated = changed(url, ({ "X-Amz-Date": _, ...rest }) => rest);
  t.check("missing-param-exception", documentAndStatus(await use(t, undated)));
}

async function differentHeaders(t: Scenario): Promise<void> {
  const Key = "key-double-header-param";
  const text = { "content-type": "text/plain" };
  const typed = presign(t, "PUT", Key, { headers: text });
  t.expect((await use(t, typed, text, "test_data")).status === 200, "the signed content type");
  t.check(
    "content-type-exception",
    outcome(await use(t, typed, { "content-type": "text/xml" }, "test_data")),
  );
  const identity = { "content-encoding": "identity" };
  const encoded = presign(t, "PUT", Key, { headers: identity });
  t.expect((await use(t, encoded, identity, "test_data")).status === 200, "the signed content coding");
  const more = { ...identity, "content-type": "text/xml" };
  t.check("content-type-response", outcome(await use(t, encoded, more, "test_data")));
  const gzip = { "content-encoding": "gzip" };
  t.check("wrong-content-encoding-response", outcome(await use(t, encoded, gzip, "test_data")));
}

async function sameHeaderAndParameter(t: Scenario): Promise<void> {
  const requester = { "x-amz-request-payer": "requester" };
  const url = presign(t, "PUT", "key-double-header-param", { headers: requester, expiresSeconds: 10 });
  const both = changed(url, (query) => ({ "x-amz-request-payer": "non-valid", ...query }));
  t.check("double-header-query-string", outcome(await use(t, both, requester, "test_data")));
  t.check(
    "override-signed-qs",
    outcome(await use(t, url, { ...requester, "x-amz-expires": "5" }, "test_data")),
  );
}

async function metadata(t: Scenario): Promise<void> {
  const Key = "key-by-hostname";
  const signed = { "x-amz-meta-foo": "bar" };
  const url = presign(t, "PUT", Key, { headers: signed });
  t.check("no-meta-headers", documentOf(await use(t, url, {}, "content 123")));
  t.expect((await use(t, url, signed, "content 123")).status === 200, "the signed metadata");
  await t.match("head_object", "HeadObject", { Key });
  const wrong = await use(t, url, { "x-amz-meta-wrong": "wrong" }, "content 123");
  t.check("wrong-meta-headers", documentOf(wrong));
}

async function hoistedHeaders(t: Scenario): Promise<void> {
  const Key = "temp.txt";
  const md5 = { "content-md5": "4QrcOUm6Wau+VuBX8g+IPg==" };
  const url = presign(t, "PUT", Key, {
    headers: md5,
    query: {
      "x-amz-checksum-crc32": "AAAAAA==",
      "x-amz-meta-foo": "bar-complicated-no-random",
      "x-amz-sdk-checksum-algorithm": "CRC32",
      "x-amz-storage-class": "STANDARD",
    },
  });
  t.expect((await use(t, url, {}, "123456")).status === 403, "a signed header is missing");
  t.expect((await use(t, url, md5, "123456")).status === 200, "the hoisted headers are refused");
  const bad = changed(url, (query) => ({ ...query, "x-amz-checksum-crc32": "BBBBBB==" }));
  t.expect((await use(t, bad, md5, "123456")).status === 403, "a changed checksum in the URL");
  await t.match("head-object", "HeadObject", { Key, ChecksumMode: "ENABLED" });
}

async function doubleEncoded(t: Scenario): Promise<void> {
  await t.s3("PutObject", { Key: "foo-key", Body: "foobar" });
  const url = changed(presign(t, "GET", "foo-key"), (query) => ({
    ...query,
    "X-Amz-Credential": (query["X-Amz-Credential"] ?? "").replaceAll("/", "%2F"),
  }));
  t.check("error-malformed", documentOf(await use(t, url)));
}

async function badHeaders(t: Scenario): Promise<void> {
  const signed = { "content-type": "application/octet-stream", "content-md5": "pX8KKuGXS1f2VTcuJpqjkw==" };
  const url = presign(t, "PUT", "test-runtime.properties", { headers: signed });
  const streaming = {
    ...signed,
    "x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
    "x-amz-date": "20211122T191045Z",
  };
  const decoded = { ...streaming, "x-amz-decoded-content-length": "test" };
  t.check("with-decoded-content-length", documentOf(await use(t, url, decoded, "test")));
  t.check("without-decoded-content-length", documentOf(await use(t, url, streaming, "test")));
}

async function copied(t: Scenario): Promise<void> {
  await t.s3("PutObject", { Key: "src", Body: "something" });
  const CopySource = `${t.bucket}/src`;
  await t.match("copy-obj", "CopyObject", { Key: "dest", CopySource });
  const source = { "x-amz-copy-source": CopySource };
  const answer = await use(t, presign(t, "PUT", "dest", { headers: source }), source);
  t.expect(answer.status === 200, `a presigned copy was answered ${answer.status}`);
}

/** URLs presigned under Signature Version 4; of those under version 2 S3's newer regions know nothing either. */
export const PRESIGNED_URLS: Scenarios = {
  [`${CLASS}test_put_object`]: putObject,
  [`${CLASS}test_s3_presigned_url_expired[s3v4]`]: expired,
  [`${CLASS}test_presigned_url_signature_authentication_expired[s3v4-False]`]: authenticationExpired,
  [`${CLASS}test_presigned_url_signature_authentication[s3v4-False]`]: authentication,
  [`${CLASS}test_s3_put_presigned_url_missing_sig_param[s3v4]`]: missingParameter,
  [`${CLASS}test_s3_put_presigned_url_with_different_headers[s3v4]`]: differentHeaders,
  [`${CLASS}test_s3_put_presigned_url_same_header_and_qs_parameter`]: sameHeaderAndParameter,
  [`${CLASS}test_put_url_metadata_with_sig_s3v4`]: metadata,
  [`${CLASS}test_presigned_url_v4_x_amz_in_qs`]: hoistedHeaders,
  [`${CLASS}test_presigned_double_encoded_credentials`]: doubleEncoded,
  [`${CLASS}test_put_object_with_md5_and_chunk_signature_bad_headers[s3v4-True]`]: badHeaders,
  [`${CLASS}test_s3_copy_md5`]: copied,
};
