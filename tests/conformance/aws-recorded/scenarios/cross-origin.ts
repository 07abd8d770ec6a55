import type { WireResponse } from "../../../harness/wire-client.ts";
import type { Scenario, Scenarios } from "../scenario.ts";
import { parseXml } from "../xml.ts";

const CLASS = "test_s3_cors.py::TestS3Cors::";
const APP = "https://localhost:4200";

type Headers = Readonly<Record<string, string>>;
type Rule = Readonly<Record<string, unknown>>;

const method = (name: string): Headers => ({ "access-control-request-method": name });
const wanted = (names: string): Headers => ({ "access-control-request-headers": names });
const EVERYBODY = { AllowedOrigins: ["*"], AllowedMethods: ["GET"] };

/** Rules on the bucket, which anybody may write to where `acl` says so, and an object that everybody may read. */
async function start(t: Scenario, Key: string, Body = "test-cors", acl?: string): Promise<void> {
  await t.s3("DeleteBucketOwnershipControls");
  await t.s3("DeletePublicAccessBlock");
  if (acl !== undefined) await t.s3("PutBucketAcl", { ACL: acl });
  await t.s3("PutObject", { Key, Body, ACL: "public-read" });
}

const setRules = async (t: Scenario, ...CORSRules: readonly Rule[]): Promise<void> => {
  await t.s3("PutBucketCors", { CORSConfiguration: { CORSRules } });
};

const ask = (
  t: Scenario,
  verb: string,
  objectKey: string | null,
  headers: Headers = {},
): Promise<WireResponse> =>
  t.wire({ method: verb, headers, credentials: null, ...(objectKey === null ? {} : { objectKey }) });

/** Names in the case they were recorded in; how the connection goes on and how long it is kept is no part of the answer. */
function recordedHeaders(response: WireResponse): Record<string, string> {
  const kept = Object.entries(response.headers).filter(([name]) => !/^(connection|keep-alive)$/.test(name));
  return Object.fromEntries(kept.map(([name, value]) => [recordedName(name), String(value)]));
}

function recordedName(name: string): string {
  if (name === "etag") return "ETag";
  if (/^(x-amz-.*|date|server|accept-ranges)$/.test(name)) return name;
  return name.replace(/\b[a-z]/g, (letter) => letter.toUpperCase());
}

/** Amazon sends error documents in chunks, then closes; here they have a length. */
const FRAMING = ["Headers.Connection", "Headers.Transfer-Encoding", "Headers.Content-Length"];
/** The recording holds a word in place of the date. */
const DATES = ["Headers.Last-Modified"];

function check(t: Scenario, label: string, response: WireResponse): void {
  const body = response.body.toString("utf8");
  const isDocument = response.headers["content-type"] === "application/xml";
  t.check(
    label,
    {
      StatusCode: response.status,
      Headers: recordedHeaders(response),
      Body: isDocument ? parseXml(body) : body,
    },
    isDocument ? FRAMING : DATES,
  );
}

const checkDocument = (t: Scenario, label: string, response: WireResponse): void =>
  t.check(label, parseXml(response.body.toString("utf8")));

async function preflightWithoutRules(t: Scenario): Promise<void> {
  const key = "test-cors-options-no-config";
  await start(t, key);
  checkDocument(t, "options-no-origin", await ask(t, "OPTIONS", key));
  const origin = { origin: "whatever" };
  checkDocument(
    t,
    "options-with-origin-and-method",
    await ask(t, "OPTIONS", key, { ...origin, ...method("PUT") }),
  );
  checkDocument(t, "options-with-origin-no-method", await ask(t, "OPTIONS", key, origin));
}

async function getWithoutRules(t: Scenario): Promise<void> {
  const key = "test-cors-get-no-config";
  await start(t, key, "cors-test");
  for (const headers of [{}, { origin: "whatever" }]) {
    const response = await ask(t, "GET", key, headers);
    t.expect(response.body.toString() === "cors-test", "the object");
    const isSilent = Object.keys(response.headers).every((name) => !name.includes("access-control"));
    t.expect(isSilent, "no header of CORS");
  }
}

async function preflightOfNoBucket(t: Scenario): Promise<void> {
  const bucket = t.newBucketName();
  const preflight = (headers: Headers): Promise<WireResponse> =>
    t.wire({
      method: "OPTIONS",
      bucket,
      objectKey: "test-cors-options-no-bucket",
      headers,
      credentials: null,
    });
  checkDocument(t, "options-no-origin", await preflight({}));
  checkDocument(t, "options-with-origin", await preflight({ origin: "whatever" }));
}

async function matchOrigins(t: Scenario): Promise<void> {
  const key = "test-cors-123";
  await start(t, key);
  const rule = { AllowedMethods: ["GET", "PUT"], MaxAgeSeconds: 3000, AllowedHeaders: ["*"] };
  await setRules(t, { ...rule, AllowedOrigins: [APP] });
  check(t, "opt-no-origin", await ask(t, "OPTIONS", key));
  check(t, "get-no-origin", await ask(t, "GET", key));
  const both = async (name: string, headers: Headers): Promise<void> => {
    check(t, `opt-${name}`, await ask(t, "OPTIONS", key, { ...headers, ...method("PUT") }));
    check(t, `get-${name}`, await ask(t, "GET", key, headers));
  };
  await both("referer", { referer: APP });
  await both("right-origin", { origin: APP });
  await both("wrong-origin", { origin: "http://localhost:4200" });
  await setRules(t, { ...rule, AllowedOrigins: ["*"] });
  await both("random-wildcard-origin", { origin: "http://random:1234" });
}

const partialOrigin =
  (label: string, origin: string): ((t: Scenario) => Promise<void>) =>
  async (t) => {
    await setRules(t, {
      AllowedOrigins: ["http://*.origin.com"],
      AllowedMethods: ["GET", "PUT"],
      MaxAgeSeconds: 3000,
      AllowedHeaders: ["*"],
    });
    check(t, label, await ask(t, "OPTIONS", null, { origin, ...method("GET") }));
  };

const APP_RULE = { AllowedOrigins: [APP], AllowedMethods: ["GET"], MaxAgeSeconds: 3000 };

async function matchMethods(t: Scenario): Promise<void> {
  const key = "test-cors-method";
  await start(t, key, "test-cors", "public-read-write");
  await setRules(t, { ...APP_RULE, AllowedHeaders: ["*"] });
  const origin = { origin: APP };
  check(t, "opt-get", await ask(t, "OPTIONS", key, { ...origin, ...method("GET") }));
  check(t, "get-wrong-op", await ask(t, "GET", key, { ...origin, ...method("PUT") }));
  check(t, "get-op", await ask(t, "GET", key, origin));
  check(t, "opt-put", await ask(t, "OPTIONS", `${key}new`, { ...origin, ...method("PUT") }));
  check(t, "put-op", await ask(t, "PUT", `${key}new`, origin));
}

async function matchHeaders(t: Scenario): Promise<void> {
  const key = "test-cors-method";
  await start(t, key, "test-cors", "public-read-write");
  const origin = { origin: APP };
  const payer = { "x-amz-request-payer": "requester" };
  const preflight = async (label: string, names: string): Promise<void> =>
    check(t, label, await ask(t, "OPTIONS", key, { ...origin, ...method("GET"), ...wanted(names) }));
  await setRules(t, { ...APP_RULE, AllowedHeaders: ["*"] });
  await preflight("opt-get", "x-amz-request-payer");
  await preflight("opt-get-two", "x-amz-request-payer, x-amz-expected-bucket-owner");
  check(t, "get-op", await ask(t, "GET", key, { ...origin, ...payer }));
  await setRules(t, {
    ...APP_RULE,
    AllowedHeaders: [
      "x-amz-expected-bucket-owner",
      "x-amz-server-side-encryption-customer-algorithm",
      "x-AMZ-server-SIDE-encryption",
    ],
  });
  await t.match("get-bucket-cors-casing", "GetBucketCors");
  await preflight("opt-get-non-allowed", "x-amz-request-payer");
  await preflight("opt-get-allowed", "x-amz-expected-bucket-owner");
  await preflight("opt-get-allowed-diff-casing", "x-AMZ-expected-BUCKET-owner, x-amz-server-side-encryption");
  await preflight("opt-get-allowed-no-space", "x-amz-expected-bucket-owner,x-amz-server-side-encryption");
  const asked = { ...origin, ...wanted("x-amz-request-payer") };
  check(t, "get-non-allowed-with-acl", await ask(t, "GET", key, asked));
  check(t, "get-non-allowed", await ask(t, "GET", key, { ...origin, ...payer }));
}

async function exposeHeaders(t: Scenario): Promise<void> {
  const key = "test-cors-expose";
  await start(t, key, "test-cors", "public-read-write");
  await setRules(t, {
    ...EVERYBODY,
    ExposeHeaders: ["x-amz-id-2", "x-amz-request-id", "x-amz-request-payer"],
  });
  check(t, "opt-get", await ask(t, "OPTIONS", key, { origin: "localhost:4566", ...method("GET") }));
}

async function defaultValues(t: Scenario): Promise<void> {
  const key = "test-cors-default";
  await start(t, key, "test-cors", "public-read-write");
  await setRules(t, EVERYBODY);
  const headers = { origin: "localhost:4566", ...method("GET") };
  check(t, "opt-get", await ask(t, "OPTIONS", key, headers));
  check(t, "opt-get-headers", await ask(t, "OPTIONS", key, { ...headers, ...wanted("x-amz-request-payer") }));
}

async function getRules(t: Scenario): Promise<void> {
  await t.match("get-cors-no-set", "GetBucketCors");
  await setRules(t, EVERYBODY);
  await t.match("get-cors-after-set", "GetBucketCors");
}

async function putRules(t: Scenario): Promise<void> {
  const rule = {
    AllowedOrigins: ["https://test.com", "https://app.test.com", "http://test.com:80"],
    AllowedMethods: ["GET", "PUT", "HEAD"],
    MaxAgeSeconds: 3000,
    AllowedHeaders: ["x-amz-expected-bucket-owner", "x-amz-server-side-encryption-customer-algorithm"],
  };
  await t.match("put-cors", "PutBucketCors", { CORSConfiguration: { CORSRules: [rule] } });
  await t.match("get-cors", "GetBucketCors");
}

async function invalidRules(t: Scenario): Promise<void> {
  const rule = {
    AllowedOrigins: ["*", "https://test.com"],
    AllowedMethods: ["GET", "PUT", "HEAD", "MYMETHOD"],
  };
  await t.match("put-cors-exc", "PutBucketCors", { CORSConfiguration: { CORSRules: [rule] } });
  await t.match("put-cors-exc-empty", "PutBucketCors", { CORSConfiguration: { CORSRules: [] } });
}

async function emptyOrigin(t: Scenario): Promise<void> {
  await setRules(t, { AllowedOrigins: [""], AllowedMethods: ["GET", "PUT", "HEAD"] });
  await t.match("get-cors-empty", "GetBucketCors");
}

async function deleteRules(t: Scenario): Promise<void> {
  await t.match("delete-cors-before-set", "DeleteBucketCors");
  await t.match("put-cors", "PutBucketCors", { CORSConfiguration: { CORSRules: [EVERYBODY] } });
  await t.match("get-cors", "GetBucketCors");
  await t.match("delete-cors", "DeleteBucketCors");
  await t.match("get-cors-deleted", "GetBucketCors");
}

export const CROSS_ORIGIN: Scenarios = {
  [`${CLASS}test_cors_http_options_no_config`]: preflightWithoutRules,
  [`${CLASS}test_cors_http_get_no_config`]: getWithoutRules,
  [`${CLASS}test_cors_http_options_non_existent_bucket`]: preflightOfNoBucket,
  [`${CLASS}test_cors_match_origins`]: matchOrigins,
  [`${CLASS}test_cors_options_match_partial_origin`]: partialOrigin(
    "options_match_partial_origin",
    "http://test.origin.com",
  ),
  [`${CLASS}test_cors_options_fails_partial_origin`]: partialOrigin(
    "options_fails_partial_origin",
    "http://test.origin.com/",
  ),
  [`${CLASS}test_cors_match_methods`]: matchMethods,
  [`${CLASS}test_cors_match_headers`]: matchHeaders,
  [`${CLASS}test_cors_expose_headers`]: exposeHeaders,
  [`${CLASS}test_put_cors_default_values`]: defaultValues,
  [`${CLASS}test_get_cors`]: getRules,
  [`${CLASS}test_put_cors`]: putRules,
  [`${CLASS}test_put_cors_invalid_rules`]: invalidRules,
  [`${CLASS}test_put_cors_empty_origin`]: emptyOrigin,
  [`${CLASS}test_delete_cors`]: deleteRules,
};
