import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { BucketCors } from "./bucket-cors.ts";
import { type CorsRule, parseStoredCors, printStoredCors } from "./cors-rule.ts";

const rule = (fields: Partial<CorsRule>): CorsRule => ({
  id: null,
  allowedOrigins: ["https://app.example"],
  allowedMethods: ["GET"],
  allowedHeaders: [],
  exposeHeaders: [],
  maxAgeSeconds: null,
  ...fields,
});

interface Asked {
  readonly origin?: string;
  readonly method?: string;
  readonly headers?: string;
}

function ask(rules: readonly Partial<CorsRule>[], asked: Asked = {}): Record<string, string> | null {
  const { origin = "https://app.example", method = "GET", headers } = asked;
  const allowed = new BucketCors(rules.map(rule)).allow({ origin, method, requestedHeaders: headers });
  return allowed === null ? null : Object.fromEntries(allowed);
}

test("[L-172] an origin is allowed only where the whole of it matches", () => {
  const cases: readonly [pattern: string, origin: string, isAllowed: boolean][] = [
    ["https://app.example", "https://app.example", true],
    ["https://app.example", "https://app.example.evil.example", false],
    ["https://app.example", "http://app.example", false],
    ["https://app.example", "https://APP.example", false],
    ["https://app.example", "https://app.example/", false],
    ["https://app.example", "null", false],
    ["https://*.example", "https://a.example", true],
    ["https://*.example", "https://a.b.example", true],
    ["https://*.example", "https://.example", true],
    ["https://*.example", "https://example", false],
    ["https://*.example", "https://a.example.evil", false],
    ["https://*.example", "xhttps://a.example", false],
    ["a*a", "a", false],
    ["a*a", "aa", true],
    ["*.put", "foo.put", true],
    ["*.put", "foo.put.get", false],
    [".", "x", false],
    ["", "", true],
    ["", "https://app.example", false],
  ];
  for (const [pattern, origin, isAllowed] of cases) {
    const headers = ask([{ allowedOrigins: [pattern] }], { origin });
    assert.equal(headers !== null, isAllowed, `${pattern} ${origin}`);
    if (headers !== null) assert.equal(headers["Access-Control-Allow-Origin"], origin);
  }
});

test("[L-172] everybody's rule never comes with credentials", () => {
  const open = ask([{ allowedOrigins: ["*"] }]) ?? {};
  assert.equal(open["Access-Control-Allow-Origin"], "*");
  assert.equal("Access-Control-Allow-Credentials" in open, false);
  const named = ask([{}]) ?? {};
  assert.equal(named["Access-Control-Allow-Credentials"], "true");
  assert.equal(named["Vary"], "Origin, Access-Control-Request-Headers, Access-Control-Request-Method");
});

test("the first rule that allows origin, method and headers together answers", () => {
  const rules = [
    { allowedMethods: ["PUT"], maxAgeSeconds: 1 },
    { allowedMethods: ["GET"], allowedHeaders: ["x-amz-date"], maxAgeSeconds: 2 },
    { allowedMethods: ["GET", "HEAD"], allowedHeaders: ["X-Amz-*"], maxAgeSeconds: 3 },
  ] as const;
  const maxAge = (asked: Asked): string | undefined => ask(rules, asked)?.["Access-Control-Max-Age"];
  assert.equal(maxAge({}), "2");
  assert.equal(maxAge({ method: "PUT" }), "1");
  assert.equal(maxAge({ headers: "X-AMZ-DATE" }), "2");
  assert.equal(maxAge({ headers: "x-amz-date,x-amz-acl" }), "3");
  assert.equal(maxAge({ method: "HEAD" }), "3");
  assert.equal(ask(rules, { headers: "authorization" }), null);
  for (const method of ["get", "PATCH", "OPTIONS", "", "constructor"])
    assert.equal(ask(rules, { method }), null);
});

test("requested headers are told again in lower case, and nothing when none were asked for", () => {
  const rules = [{ allowedHeaders: ["*"] }];
  assert.equal(ask(rules, { headers: "X-A,x-b ,  x-C" })?.["Access-Control-Allow-Headers"], "x-a, x-b, x-c");
  for (const headers of [undefined, "", " , "]) {
    const asked = headers === undefined ? {} : { headers };
    assert.equal("Access-Control-Allow-Headers" in (ask(rules, asked) ?? {}), false);
  }
});

test("any origin is matched by itself, by each of its starts and ends, and by no longer one", () => {
  const text = fc.stringMatching(/^[a-z:/.]{1,20}$/);
  fc.assert(
    fc.property(text, fc.nat(), (origin, cut) => {
      const at = cut % (origin.length + 1);
      const isAllowed = (pattern: string, by = origin): boolean =>
        ask([{ allowedOrigins: [pattern] }], { origin: by }) !== null;
      assert.ok(isAllowed(origin));
      assert.ok(isAllowed(`${origin.slice(0, at)}*${origin.slice(at)}`));
      assert.ok(!isAllowed(origin, `${origin}x`));
      assert.ok(!isAllowed(`${origin}x*`));
      assert.ok(!isAllowed(`*x${origin}`));
    }),
  );
});

test("rules are read as they were stored, and what cannot be read allows nobody", () => {
  const rules = [rule({ id: "one", exposeHeaders: ["etag"], maxAgeSeconds: 0 }), rule({})];
  assert.deepEqual(parseStoredCors(printStoredCors(rules)), rules);
  for (const document of ["{}", "[null]", "[{}]", JSON.stringify([{ ...rules[0], allowedOrigins: [1] }])])
    assert.throws(() => parseStoredCors(document), { code: "InternalError" }, document);
});
