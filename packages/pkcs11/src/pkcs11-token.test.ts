import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { SecretBytes } from "@strongroom/base";
import { Pkcs11Error } from "./pkcs11-error.ts";
import { Pkcs11Token } from "./pkcs11-token.ts";

const failed = (error: unknown) => error instanceof Pkcs11Error && error.code === "DeviceFailed";

const folder = mkdtempSync(join(tmpdir(), "strongroom-token-"));
const modulePath = join(folder, "module");
const processFile = join(folder, "process.mjs");
/**
 * In the place of a token's process: each call takes as many milliseconds as its label says, "never" never ends, and random bytes
 * tell which process it is. Its module is a file, beside which processes are counted; without it there is no token.
 */
writeFileSync(
  processFile,
  `
  import { appendFileSync, existsSync } from "node:fs";
  const block = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
  function answer({ id, task }) {
    if (task.kind === "open") {
      appendFileSync(task.modulePath + ".starts", "x");
      if (existsSync(task.modulePath)) return { id, result: null };
      return { id, code: "TokenMissing", message: "there is no token" };
    }
    if (task.kind === "random") return { id, result: Buffer.from(String(process.pid)) };
    block(task.label === "never" ? Number.POSITIVE_INFINITY : Number(task.label));
    return { id, result: true };
  }
  process.on("message", (request) => process.send(answer(request)));
  process.on("disconnect", () => process.exit(0));
  `,
);
after(() => rmSync(folder, { recursive: true }));

function open(answerTimeoutMs: number, retryAfterMs = 0): Promise<Pkcs11Token> {
  const pin = new SecretBytes(Buffer.from("1234"));
  writeFileSync(modulePath, "");
  return Pkcs11Token.open({ modulePath, token: "t", pin }, { processFile, answerTimeoutMs, retryAfterMs });
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

test("a token that is away is not asked by a process for each request, and found again once it is back", async () => {
  const token = await open(10_000, 2_000);
  const starts = (): number => readFileSync(`${modulePath}.starts`, "utf8").length;
  const pid = await pidOf(token);
  rmSync(modulePath);
  const before = starts();
  process.kill(Number(pid), "SIGKILL");
  const away = (error: unknown) => error instanceof Pkcs11Error && error.code === "TokenMissing";
  // The first ones may meet the process that is about to end.
  while (!(await token.hasKey("0").then(() => false, away))) assert.ok(starts() <= before + 1);
  for (let request = 0; request < 20; request++) await assert.rejects(token.hasKey("0"), away);
  assert.equal(starts(), before + 1);
  writeFileSync(modulePath, "");
  while (!(await token.hasKey("0").catch(() => false)))
    await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(starts(), before + 2);
  token.close();
});
