import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { SecretBytes } from "@strongroom/base";
import { Pkcs11Error } from "./pkcs11-error.ts";
import { Pkcs11Token } from "./pkcs11-token.ts";

const processFile = fileURLToPath(new URL("./slow-process-fixture.ts", import.meta.url));
const failed = (error: unknown) => error instanceof Pkcs11Error && error.code === "DeviceFailed";

function open(answerTimeoutMs: number): Promise<Pkcs11Token> {
  const pin = new SecretBytes(Buffer.from("1234"));
  return Pkcs11Token.open({ modulePath: "/none", token: "t", pin }, { processFile, answerTimeoutMs });
}

const pidOf = async (token: Pkcs11Token): Promise<string> => (await token.random(1)).toString();

test("a token that is slow for many is not taken for one that hangs: who waits too long is turned away alone", async () => {
  const token = await open(1_000);
  const before = await pidOf(token);
  const calls = await Promise.allSettled(Array.from({ length: 80 }, () => token.hasKey("25")));
  const reasons = calls.flatMap((call) => (call.status === "rejected" ? [call.reason] : []));
  assert.ok(reasons.length > 0 && reasons.length < 80, `${reasons.length}`);
  assert.ok(reasons.every(failed));
  for (;;) {
    // What it was asked and nobody waits for any more is still before this.
    const after = await pidOf(token).catch(() => null);
    if (after === null) continue;
    assert.equal(after, before);
    break;
  }
  token.close();
});

test("a token that hangs is ended, and the next call starts it anew", async () => {
  const token = await open(1_000);
  const before = await pidOf(token);
  await assert.rejects(token.hasKey("never"), failed);
  assert.notEqual(await pidOf(token), before);
  token.close();
});
