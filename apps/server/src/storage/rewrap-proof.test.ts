import assert from "node:assert/strict";
import { createSecretKey, randomBytes } from "node:crypto";
import { test } from "node:test";
import { deriveAuditKeys } from "@strongroom/audit";
import { ServerError } from "../server-error.ts";
import { isProofGood, parseProof, printProof, type RewrapStatement, signProof } from "./rewrap-proof.ts";

const keys = deriveAuditKeys(createSecretKey(randomBytes(32)));
const proof = signProof<RewrapStatement>(keys, {
  statement: "strongroom rewrap proof 1",
  masterKeyVersion: 4,
  noneUpTo: 3,
  startedAt: "2026-11-25T00:00:00.000Z",
  finishedAt: "2026-11-25T00:00:01.000Z",
  objectsRewrapped: 5,
  dataKeysRewrapped: 7,
  dataKeysSurveyed: 9,
});
const content = printProof(proof);

test("a proof reads back, verifies, and is nobody else's", () => {
  const parsed = parseProof(content);
  assert.deepEqual(parsed, proof);
  assert.ok(isProofGood(keys, parsed));
  assert.ok(!isProofGood(deriveAuditKeys(createSecretKey(randomBytes(32))), parsed));
});

test("[L-25] each bit of a proof matters, and each byte that is cut off or added", () => {
  const isRefused = (changed: string): boolean => {
    try {
      return !isProofGood(keys, parseProof(changed));
    } catch (error) {
      return error instanceof ServerError && error.code === "NoProof";
    }
  };
  const bytes = Buffer.from(content, "latin1");
  // The very last byte ends the second line; what is signed is before it.
  for (let at = 0; at < bytes.length - 1; at++) {
    for (let bit = 0; bit < 7; bit++) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ (1 << bit);
      assert.ok(isRefused(changed.toString("latin1")), `bit ${bit} of byte ${at}`);
    }
    assert.ok(isRefused(bytes.subarray(0, at).toString("latin1")), `cut to ${at} bytes`);
  }
  assert.ok(isRefused(`${content}x`));
  assert.ok(isRefused("x".repeat(10_000)));
});
