import assert from "node:assert/strict";
import { createSecretKey } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { SESSION_DICTIONARY } from "./session-encoding.ts";
import { openSessionToken } from "./session-token.ts";

interface Vectors {
  readonly sealingKeyHex: string;
  readonly dictionary: string;
  readonly tokens: readonly {
    readonly what: string;
    readonly accessKeyId: string;
    readonly token: string;
    readonly secretAccessKey: string;
    readonly session: {
      readonly tags: readonly [string, string][];
      readonly conditionKeys: readonly [string, readonly string[]][];
    };
  }[];
}

const FILE = new URL("../../../../vectors/iam/session-tokens.json", import.meta.url);
const vectors = JSON.parse(readFileSync(FILE, "utf8")) as Vectors;
const sealingKey = createSecretKey(Buffer.from(vectors.sealingKeyHex, "hex"));

test("§1 the first tokens still open: the format is what it was", () => {
  assert.equal(SESSION_DICTIONARY.toString("utf8"), vectors.dictionary);
  assert.ok(vectors.tokens.length >= 3);
  for (const { what, accessKeyId, token, secretAccessKey, session } of vectors.tokens) {
    const opened = openSessionToken(sealingKey, accessKeyId, token);
    const { tags, conditionKeys } = session;
    const wanted = { ...session, tags: new Map(tags), conditionKeys: new Map(conditionKeys) };
    assert.deepEqual(opened.session, wanted, what);
    assert.equal(opened.secretAccessKey.expose().toString("latin1"), secretAccessKey, what);
  }
});
