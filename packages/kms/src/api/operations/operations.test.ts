import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { OPERATIONS } from "./index.ts";

const page = readFileSync(new URL("../../../../../docs/compatibility/kms.md", import.meta.url), "utf8");

test("docs/compatibility/kms.md lists exactly the operations there are", () => {
  const listed = [...page.matchAll(/^\| (\w+) \| (?:yes|no) \|/gm)].map(([, name]) => name);
  assert.deepEqual(listed, OPERATIONS.map((operation) => operation.name).sort());
  assert.equal(listed.length, 56);
});

test("an operation's file is named as AWS names the operation", () => {
  const files = new Set(readdirSync(new URL(".", import.meta.url)));
  const together: Readonly<Record<string, string>> = {
    GenerateDataKeyWithoutPlaintext: "generate-data-key.ts",
    GenerateDataKeyPairWithoutPlaintext: "generate-data-key-pair.ts",
  };
  for (const { name } of OPERATIONS) {
    const file = `${name.replace(/(?!^)([A-Z])/g, "-$1").toLowerCase()}.ts`;
    assert.ok(files.has(together[name] ?? file), file);
  }
});
