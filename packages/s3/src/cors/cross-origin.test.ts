import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { after, before, test } from "node:test";
import {
  type FixtureAnswer,
  memoryStore,
  type ServiceFixture,
  startServiceFixture,
} from "../service-fixture.ts";

const APP = "https://app.example";
const RULE =
  `<CORSRule><AllowedOrigin>${APP}</AllowedOrigin><AllowedMethod>GET</AllowedMethod><AllowedMethod>PUT</AllowedMethod>` +
  "<AllowedHeader>x-amz-*</AllowedHeader><ExposeHeader>etag</ExposeHeader><MaxAgeSeconds>60</MaxAgeSeconds></CORSRule>";
const RULES = `<CORSConfiguration>${RULE}</CORSConfiguration>`;

const memory = memoryStore();
let bucketReads = 0;
const store = {
  ...memory,
  requireBucket: (name: string) => {
    bucketReads += 1;
    return memory.requireBucket(name);
  },
};

let fixture: ServiceFixture;
before(async () => {
  fixture = await startServiceFixture({ store });
  for (const bucket of ["vault", "closed"]) await fixture.send("PUT", `/${bucket}`);
  await putRules("vault", RULES);
  await fixture.send("PUT", "/vault/small", { body: "small" });
});
after(() => fixture.close());

const putRules = (bucket: string, body: string): Promise<FixtureAnswer> =>
  fixture.send("PUT", `/${bucket}?cors`, { body, headers: { "content-md5": hash("md5", body, "base64") } });
const preflight = (target: string, headers: Record<string, string>): Promise<FixtureAnswer> =>
  fixture.send("OPTIONS", target, { as: null, headers });
const verdict = ({ status, body }: FixtureAnswer): string =>
  `${status} ${/<Code>([^<]*)</.exec(body)?.[1] ?? ""}`.trim();
const allowedOrigin = ({ headers }: FixtureAnswer): string | undefined =>
  headers["access-control-allow-origin"];

test("a preflight is answered for a bucket and for an object, with no signature", async () => {
  for (const target of ["/vault", "/vault/small", "/vault/none?versionId=x"]) {
    const answer = await preflight(target, {
      origin: APP,
      "access-control-request-method": "PUT",
      "access-control-request-headers": "X-Amz-Date,x-amz-acl",
    });
    assert.equal(answer.status, 200);
    assert.equal(answer.body, "");
    assert.equal(allowedOrigin(answer), APP);
    assert.equal(answer.headers["access-control-allow-methods"], "GET, PUT");
    assert.equal(answer.headers["access-control-allow-headers"], "x-amz-date, x-amz-acl");
    assert.equal(answer.headers["access-control-expose-headers"], "etag");
    assert.equal(answer.headers["access-control-max-age"], "60");
    assert.equal(answer.headers["access-control-allow-credentials"], "true");
  }
});

test("[L-172] a preflight that no rule allows says which of the reasons it was", async () => {
  const get = { origin: APP, "access-control-request-method": "GET" };
  const cases: readonly [target: string, headers: Record<string, string>, expected: RegExp][] = [
    ["/vault", { "access-control-request-method": "GET" }, /BadRequest.*Origin request header needed/],
    ["/vault", { ...get, origin: "" }, /BadRequest.*Origin request header needed/],
    ["/vault", { origin: APP }, /BadRequest.*Invalid Access-Control-Request-Method: null/],
    ["/vault", { ...get, "access-control-request-method": "PATCH" }, /BadRequest.*Method: PATCH/],
    ["/closed/k", get, /AccessForbidden.*CORS is not enabled.*<ResourceType>BUCKET</],
    ["/closed/k", { origin: APP }, /AccessForbidden.*CORS is not enabled.*<Method>OPTIONS</],
    ["/no-such-bucket/k", get, /AccessForbidden.*Bucket not found.*<ResourceType>BUCKET</],
    ["/", get, /AccessForbidden.*Bucket not found/],
    ["/vault", { ...get, origin: "https://evil.example" }, /AccessForbidden.*not allowed.*BUCKET</],
    [
      "/vault/k",
      { ...get, "access-control-request-method": "DELETE" },
      /AccessForbidden.*not allowed.*OBJECT</,
    ],
    [
      "/vault/k",
      { ...get, "access-control-request-headers": "authorization" },
      /AccessForbidden.*not allowed/,
    ],
  ];
  for (const [target, headers, expected] of cases) {
    const answer = await preflight(target, headers);
    assert.match(answer.body, expected);
    assert.equal(answer.status, /BadRequest/.test(answer.body) ? 400 : 403);
    assert.equal(
      Object.keys(answer.headers).some((name) => name.startsWith("access-control-")),
      false,
    );
  }
});

test("answers and refusals alike carry what the page's rule says", async () => {
  const origin = { origin: APP };
  const send = (method: string, target: string, headers = {}): Promise<FixtureAnswer> =>
    fixture.send(method, target, { headers: { ...origin, ...headers } });
  const cases: readonly [answer: Promise<FixtureAnswer>, expected: string][] = [
    [send("GET", "/vault/small"), "200"],
    [send("PUT", "/vault/other"), "200"],
    [send("GET", "/vault?list-type=2"), "200"],
    [send("GET", "/vault/none"), "404 NoSuchKey"],
    [send("GET", "/vault/small", { "if-none-match": "*" }), "304"],
    [send("PUT", "/vault/small", { "content-md5": "AAAAAAAAAAAAAAAAAAAAAA==" }), "400 BadDigest"],
    [send("GET", "/vault?analytics"), "501 NotImplemented"],
    [fixture.send("GET", "/vault/small", { as: fixture.bob, headers: origin }), "403 AccessDenied"],
    [fixture.send("GET", "/vault/small", { as: null, headers: origin }), "403 AccessDenied"],
  ];
  for (const [pending, expected] of cases) {
    const answer = await pending;
    assert.equal(verdict(answer), expected);
    assert.equal(allowedOrigin(answer), APP, expected);
    assert.match(answer.headers.vary ?? "", /^Origin, /);
  }
});

test("[L-172] no other origin, method or bucket gets a header", async () => {
  for (const [method, target, headers] of [
    ["GET", "/vault/small", {}],
    ["GET", "/vault/small", { origin: "https://evil.example" }],
    ["GET", "/vault/small", { origin: "null" }],
    ["GET", "/vault/small", { origin: APP, "access-control-request-method": "DELETE" }],
    ["GET", "/vault/small", { origin: APP, "access-control-request-headers": "authorization" }],
    ["HEAD", "/vault/small", { origin: APP }],
    ["GET", "/closed", { origin: APP }],
    ["GET", "/", { origin: APP }],
    ["GET", "/no-such-bucket", { origin: APP }],
  ] as const) {
    const answer = await fixture.send(method, target, { headers });
    assert.equal(
      Object.keys(answer.headers).some((name) => name.startsWith("access-control-")),
      false,
    );
    assert.equal(answer.headers.vary, undefined);
  }
});

test("a request without Origin reads its bucket no more often than without CORS", async () => {
  const readsOf = async (headers: Record<string, string>): Promise<number> => {
    bucketReads = 0;
    await fixture.send("GET", "/vault/small", { headers });
    return bucketReads;
  };
  assert.equal(await readsOf({}), 1);
  assert.equal(await readsOf({ origin: APP }), 2);
});

test("rules are put, told, replaced and deleted, and hold from the next request on", async () => {
  const get = (): Promise<FixtureAnswer> =>
    fixture.send("GET", "/changing", { headers: { origin: "https://b.example" } });
  await fixture.send("PUT", "/changing");
  assert.equal(verdict(await fixture.send("GET", "/changing?cors")), "404 NoSuchCORSConfiguration");
  assert.equal(verdict(await fixture.send("DELETE", "/changing?cors")), "204");
  assert.equal(verdict(await putRules("changing", RULES)), "200");
  assert.ok((await fixture.send("GET", "/changing?cors")).body.includes(RULE));
  assert.equal(allowedOrigin(await get()), undefined);
  assert.equal(verdict(await putRules("changing", RULES.replace(APP, "https://*.example"))), "200");
  assert.equal(allowedOrigin(await get()), "https://b.example");
  assert.equal(verdict(await putRules("changing", "<CORSConfiguration/>")), "400 MalformedXML");
  assert.equal(allowedOrigin(await get()), "https://b.example");
  assert.equal(verdict(await fixture.send("DELETE", "/changing?cors")), "204");
  assert.equal(allowedOrigin(await get()), undefined);
  assert.equal(verdict(await fixture.send("GET", "/changing?cors")), "404 NoSuchCORSConfiguration");
});

test("only who may configure the bucket reads and sets its rules, and never a damaged document", async () => {
  for (const method of ["GET", "DELETE"])
    assert.equal(verdict(await fixture.send(method, "/vault?cors", { as: fixture.bob })), "403 AccessDenied");
  const headers = { "content-md5": hash("md5", RULES, "base64") };
  const asBob = { as: fixture.bob, body: RULES, headers };
  assert.equal(verdict(await fixture.send("PUT", "/vault?cors", asBob)), "403 AccessDenied");
  assert.equal(verdict(await fixture.send("PUT", "/vault?cors", { body: RULES })), "400 InvalidRequest");
});
