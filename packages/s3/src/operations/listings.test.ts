import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import fc from "fast-check";
import { type FixtureAnswer, type ServiceFixture, startServiceFixture } from "../service-fixture.ts";

const KEYS = ["a", "a/1", "a/2", "a/b/3", "b", "c d", "e/ü&<", "e/\u{1F511}", "f//", "z"];

let fixture: ServiceFixture;
before(async () => {
  fixture = await startServiceFixture();
  await fixture.send("PUT", "/vault");
  for (const objectKey of KEYS) {
    await fixture.send("PUT", `/vault/${encodePath(objectKey)}`, { body: objectKey });
  }
});
after(() => fixture.close());

const encodePath = (objectKey: string): string => objectKey.split("/").map(encodeURIComponent).join("/");
const list = (query: Record<string, string>, bucket = "vault"): Promise<FixtureAnswer> =>
  fixture.send("GET", `/${bucket}?${new URLSearchParams(query).toString().replaceAll("+", "%20")}`);
const verdict = ({ status, body }: FixtureAnswer): string =>
  `${status} ${/<Code>([^<]*)</.exec(body)?.[1] ?? ""}`.trim();
const decode = (text: string): string => decodeURIComponent(text.replaceAll("+", " "));
const all = (answer: FixtureAnswer, pattern: RegExp): readonly string[] =>
  [...answer.body.matchAll(pattern)].map((match) => decode(match[1] ?? ""));
const one = (answer: FixtureAnswer, name: string): string | undefined =>
  new RegExp(`<${name}>([^<]*)</${name}>`).exec(answer.body)?.[1];
const keysOf = (answer: FixtureAnswer): readonly string[] => all(answer, /<Key>([^<]*)<\/Key>/g);
const prefixesOf = (answer: FixtureAnswer): readonly string[] =>
  all(answer, /<CommonPrefixes><Prefix>([^<]*)<\/Prefix>/g);

/** What a listing shows of the keys above, in order. */
function expected(prefix: string, delimiter: string): { keys: string[]; prefixes: string[] } {
  const keys: string[] = [];
  const prefixes = new Set<string>();
  for (const objectKey of KEYS) {
    if (!objectKey.startsWith(prefix)) continue;
    const at = delimiter === "" ? -1 : objectKey.indexOf(delimiter, prefix.length);
    if (at < 0) keys.push(objectKey);
    else prefixes.add(objectKey.slice(0, at + delimiter.length));
  }
  return { keys, prefixes: [...prefixes] };
}

const shapes = fc.record({
  prefix: fc.constantFrom("", "a", "a/", "e/", "f/", "nothing"),
  delimiter: fc.constantFrom("", "/", "b", "//"),
  limit: fc.integer({ min: 1, max: 12 }),
});

test("pages of ListObjectsV2, of any size, join to the whole listing", async () => {
  await fc.assert(
    fc.asyncProperty(shapes, async ({ prefix, delimiter, limit }) => {
      const keys: string[] = [];
      const prefixes: string[] = [];
      let token: string | undefined;
      do {
        const page = await list({
          "list-type": "2",
          "encoding-type": "url",
          prefix,
          delimiter,
          "max-keys": String(limit),
          ...(token === undefined ? {} : { "continuation-token": token }),
        });
        assert.equal(page.status, 200, page.body);
        const size = keysOf(page).length + prefixesOf(page).length;
        assert.ok(size <= limit);
        assert.equal(one(page, "KeyCount"), String(size));
        keys.push(...keysOf(page));
        prefixes.push(...prefixesOf(page));
        token = one(page, "NextContinuationToken");
        assert.equal(one(page, "IsTruncated"), String(token !== undefined));
      } while (token !== undefined);
      assert.deepEqual({ keys, prefixes }, expected(prefix, delimiter));
    }),
    { numRuns: 60 },
  );
});

test("pages of ListObjects and ListObjectVersions join to the whole listing", async () => {
  await fc.assert(
    fc.asyncProperty(shapes, fc.boolean(), async ({ prefix, delimiter, limit }, versions) => {
      const keys: string[] = [];
      const prefixes: string[] = [];
      let marker: Record<string, string> = {};
      for (;;) {
        const page = await list({
          ...(versions ? { versions: "" } : {}),
          "encoding-type": "url",
          prefix,
          delimiter,
          "max-keys": String(limit),
          ...marker,
        });
        assert.equal(page.status, 200, page.body);
        keys.push(...keysOf(page));
        prefixes.push(...prefixesOf(page));
        if (one(page, "IsTruncated") === "false") break;
        if (versions) {
          const versionId = one(page, "NextVersionIdMarker");
          marker = {
            "key-marker": decode(one(page, "NextKeyMarker") ?? ""),
            ...(versionId === undefined ? {} : { "version-id-marker": versionId }),
          };
        } else {
          assert.equal(one(page, "NextMarker") === undefined, delimiter === "");
          marker = { marker: decode(one(page, "NextMarker") ?? encodeURIComponent(keys.at(-1) ?? "")) };
        }
      }
      assert.deepEqual({ keys, prefixes }, expected(prefix, delimiter));
    }),
    { numRuns: 60 },
  );
});

test("keys are escaped in documents and encoded on request", async () => {
  assert.match((await list({ "list-type": "2", prefix: "e/ü" })).body, /<Key>e\/ü&amp;&lt;<\/Key>/);
  assert.match(
    (await list({ "list-type": "2", prefix: "e/ü", "encoding-type": "url" })).body,
    /<Key>e\/%C3%BC%26%3C<\/Key>/,
  );
});

test("owners are shown by ListObjects, and by V2 when asked for", async () => {
  const owner = fixture.alice.caller.canonicalUserId;
  assert.equal(one(await list({ prefix: "z" }), "ID"), owner);
  assert.equal(one(await list({ "list-type": "2", prefix: "z" }), "ID"), undefined);
  assert.equal(one(await list({ "list-type": "2", prefix: "z", "fetch-owner": "true" }), "ID"), owner);
});

test("start-after begins after a key, and a token outranks it", async () => {
  const first = await list({ "list-type": "2", "start-after": "b", "max-keys": "2", "encoding-type": "url" });
  assert.deepEqual(keysOf(first), ["c d", "e/ü&<"]);
  assert.equal(one(first, "StartAfter"), "b");
  const token = one(first, "NextContinuationToken") ?? "";
  const second = await list({ "list-type": "2", "start-after": "zz", "continuation-token": token });
  assert.deepEqual(keysOf(second), KEYS.slice(7));
});

test("page sizes: 0 lists nothing, more than 1000 is 1000, nonsense is refused", async () => {
  const none = await list({ "list-type": "2", "max-keys": "0" });
  assert.equal(one(none, "KeyCount"), "0");
  assert.equal(one(none, "IsTruncated"), "false");
  assert.equal(one(await list({ "max-keys": "5000" }), "MaxKeys"), "1000");
  for (const text of ["-1", "x", "1.5", "99999999999"]) {
    for (const kind of [{ "list-type": "2" }, {}, { versions: "" }]) {
      assert.equal(verdict(await list({ ...kind, "max-keys": text })), "400 InvalidArgument", text);
    }
  }
});

test("mangled, empty and foreign continuation tokens are refused", async () => {
  await fixture.send("PUT", "/other");
  const token = one(await list({ "list-type": "2", "max-keys": "1" }), "NextContinuationToken") ?? "";
  assert.match(token, /^[A-Za-z0-9_-]+$/);
  for (const text of ["", "x", token.slice(1), `${token}A`, "a".repeat(9000)]) {
    const answer = await list({ "list-type": "2", "continuation-token": text });
    assert.match(verdict(answer), /^400 (InvalidArgument|RequestHeader)/, text.slice(0, 20));
  }
  assert.equal(
    verdict(await list({ "list-type": "2", "continuation-token": token }, "other")),
    "400 InvalidArgument",
  );
});

test("encoding types but url and a version marker without a key are refused", async () => {
  for (const kind of [{ "list-type": "2" }, {}, { versions: "" }]) {
    for (const text of ["", "value"]) {
      const answer = await list({ ...kind, "encoding-type": text });
      assert.equal(verdict(answer), "400 InvalidArgument");
      assert.equal(one(answer, "ArgumentName"), "encoding-type");
    }
  }
  const answer = await list({ versions: "", "version-id-marker": "x" });
  assert.equal(one(answer, "Message"), "A version-id marker cannot be specified without a key marker.");
});
