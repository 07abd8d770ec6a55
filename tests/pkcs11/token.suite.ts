import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { SecretBytes } from "@strongroom/base";
import { Pkcs11Error, Pkcs11Token } from "@strongroom/pkcs11";
import { makeSoftHsm, noSoftHsm, type SoftHsm } from "../harness/soft-hsm.ts";

const refusedAs = (code: string) => (error: unknown) => error instanceof Pkcs11Error && error.code === code;
const secret = (text: string): SecretBytes => new SecretBytes(Buffer.from(text));

describe("a PKCS#11 token", { skip: noSoftHsm }, () => {
  const folder = mkdtempSync(join(tmpdir(), "strongroom-pkcs11-"));
  let hsm: SoftHsm;
  let token: Pkcs11Token;
  before(async () => {
    hsm = makeSoftHsm(folder);
    process.env["SOFTHSM2_CONF"] = hsm.environment.SOFTHSM2_CONF;
    token = await Pkcs11Token.open({ ...hsm, pin: secret(hsm.pin) });
  });
  after(() => {
    token?.close();
    rmSync(folder, { recursive: true });
  });

  test("makes a key once, and seals and opens with it", async () => {
    assert.equal(await token.hasKey("first"), false);
    await token.createKey("first");
    assert.equal(await token.hasKey("first"), true);
    await assert.rejects(token.createKey("first"), refusedAs("KeyExists"));
    const context = Buffer.from("context");
    for (const text of ["", "x", "a key of 32 bytes, or a long text".repeat(100)]) {
      const sealed = await token.seal("first", secret(text), context);
      assert.equal(sealed.length, 12 + text.length + 16);
      const opened = await token.unseal("first", sealed, context);
      assert.equal(opened.expose().toString(), text);
      assert.equal((await token.unseal("first", sealed, context)).expose().toString(), text);
    }
  });

  test("[L-25] refuses every flipped bit, another context, another key and any other length", async () => {
    await token.createKey("one");
    await token.createKey("other");
    const context = Buffer.from("context");
    const sealed = await token.seal("one", secret("plaintext"), context);
    const refused = refusedAs("NotSealedHere");
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const changed = Buffer.from(sealed);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      await assert.rejects(token.unseal("one", changed, context), refused);
    }
    for (let length = 0; length < sealed.length; length++)
      await assert.rejects(token.unseal("one", sealed.subarray(0, length), context), refused);
    await assert.rejects(token.unseal("one", Buffer.concat([sealed, Buffer.of(0)]), context), refused);
    for (const wrong of ["", "Context", "context "])
      await assert.rejects(token.unseal("one", sealed, Buffer.from(wrong)), refused);
    await assert.rejects(token.unseal("other", sealed, context), refused);
    await assert.rejects(token.unseal("none", sealed, context), refusedAs("KeyMissing"));
  });

  test("keeps what an enemy could take out of the token from being used", {
    skip: missingTool(),
  }, async () => {
    const made = spawnSync("pkcs11-tool", [
      ...["--module", hsm.modulePath, "--token-label", hsm.token, "--login", "--pin", hsm.pin],
      ...["--keygen", "--key-type", "AES:32", "--label", "extractable", "--extractable"],
    ]);
    assert.equal(made.status, 0, String(made.stderr));
    await assert.rejects(token.hasKey("extractable"), refusedAs("KeyUnfit"));
    await assert.rejects(token.seal("extractable", secret("x"), Buffer.alloc(0)), refusedAs("KeyUnfit"));
  });

  test("many at once are answered each with its own", async () => {
    await token.createKey("busy");
    const context = Buffer.from("context");
    const texts = Array.from({ length: 200 }, (_, index) => `text ${index}`);
    const sealed = await Promise.all(texts.map((text) => token.seal("busy", secret(text), context)));
    const opened = await Promise.all(sealed.map((bytes) => token.unseal("busy", bytes, context)));
    assert.deepEqual(
      opened.map((each) => each.expose().toString()),
      texts,
    );
  });

  test("a key that is destroyed opens nothing more", async () => {
    await token.createKey("doomed");
    const sealed = await token.seal("doomed", secret("x"), Buffer.alloc(0));
    assert.equal(await token.destroyKey("doomed"), true);
    assert.equal(await token.destroyKey("doomed"), false);
    await assert.rejects(token.unseal("doomed", sealed, Buffer.alloc(0)), refusedAs("KeyMissing"));
  });

  test("goes on when the process that holds the module dies", async () => {
    await token.createKey("survivor");
    const sealed = await token.seal("survivor", secret("x"), Buffer.alloc(0));
    const children = readdirSync(`/proc/${process.pid}/task/${process.pid}`).includes("children")
      ? spawnSync("pgrep", ["-P", String(process.pid), "-f", "token-process"])
          .stdout.toString()
          .trim()
          .split("\n")
      : [];
    for (const child of children.filter((id) => id !== "")) process.kill(Number(child), "SIGKILL");
    const opened = await token
      .unseal("survivor", sealed, Buffer.alloc(0))
      .catch(() => token.unseal("survivor", sealed, Buffer.alloc(0)));
    assert.equal(opened.expose().toString(), "x");
  });

  test("a module, a token and a PIN that are wrong are told apart, and the PIN is in no message", async () => {
    const open = (changes: object) => Pkcs11Token.open({ ...hsm, pin: secret(hsm.pin), ...changes });
    await assert.rejects(open({ modulePath: "/nowhere.so" }), refusedAs("ModuleUnusable"));
    await assert.rejects(open({ modulePath: "/bin/sh" }), refusedAs("ModuleUnusable"));
    await assert.rejects(open({ token: "another" }), refusedAs("TokenMissing"));
    await assert.rejects(open({ pin: secret("wrong-1234") }), (error: unknown) => {
      assert.ok(refusedAs("PinRefused")(error));
      assert.doesNotMatch(String(error), /wrong-1234/);
      return true;
    });
  });
});

function missingTool(): string | false {
  return spawnSync("pkcs11-tool", ["--version"]).error === undefined ? false : "pkcs11-tool is not installed";
}
