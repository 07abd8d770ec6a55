import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createEngineFixture, putInput } from "../engine-fixture.ts";

const keyText = fc
  .array(fc.constantFrom("a", "b", "/", "//", "é", "😀", "0", " "), { minLength: 1, maxLength: 5 })
  .map((parts) => parts.join(""));

function expected(keys: readonly string[], prefix: string, delimiter: string): string[] {
  const sorted = [...new Set(keys)].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const rows: string[] = [];
  for (const key of sorted) {
    if (!key.startsWith(prefix)) continue;
    const at = delimiter === "" ? -1 : key.indexOf(delimiter, prefix.length);
    const row = at < 0 ? `key ${key}` : `prefix ${key.slice(0, at + delimiter.length)}`;
    if (rows.at(-1) !== row) rows.push(row);
  }
  return rows;
}

test("pages of any size join to the keys and common prefixes of a sorted list", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(keyText, { maxLength: 20 }),
      fc.constantFrom("", "a", "a/", "é", "/"),
      fc.constantFrom("", "/", "a", "//"),
      fc.integer({ min: 1, max: 5 }),
      async (keys, prefix, delimiter, limit) => {
        const { store } = createEngineFixture();
        await store.createBucket({ bucket: "b", ownerId: "o", region: "r" });
        await store.createBucket({ bucket: "b-other", ownerId: "o", region: "r" });
        for (const key of keys) {
          await store.putObject(putInput("b", key, "x"));
          await store.putObject(putInput("b-other", key, "x"));
        }
        const rows: string[] = [];
        for (let after: string | null = ""; after !== null; ) {
          const page = await store.listObjects({ bucket: "b", prefix, delimiter, after, limit });
          const merged = [
            ...page.objects.map(({ objectKey }) => ({ name: objectKey, row: `key ${objectKey}` })),
            ...page.commonPrefixes.map((name) => ({ name, row: `prefix ${name}` })),
          ].sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
          assert.ok(merged.length <= limit);
          rows.push(...merged.map(({ row }) => row));
          after = page.nextAfter;
        }
        assert.deepEqual(rows, expected(keys, prefix, delimiter));
        const versions: string[] = [];
        let next: { keyMarker: string; versionIdMarker: string } | null = {
          keyMarker: "",
          versionIdMarker: "",
        };
        while (next !== null) {
          const page = await store.listObjectVersions({ bucket: "b", prefix, delimiter, limit, ...next });
          const merged = [
            ...page.versions.map(({ objectKey }) => ({ name: objectKey, row: `key ${objectKey}` })),
            ...page.commonPrefixes.map((name) => ({ name, row: `prefix ${name}` })),
          ].sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
          versions.push(...merged.map(({ row }) => row));
          next = page.next;
        }
        assert.deepEqual(versions, expected(keys, prefix, delimiter));
      },
    ),
    { numRuns: 200 },
  );
});
