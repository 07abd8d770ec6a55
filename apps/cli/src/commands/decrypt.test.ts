import assert from "node:assert/strict";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { buildProgram } from "../program.ts";

/** Files only: buckets and key services are in tests/interop. */
describe("encrypt and decrypt with files", () => {
  const folder = mkdtempSync(join(tmpdir(), "strongroom-cli-"));
  const at = (name: string): string => join(folder, name);
  const plaintext = randomBytes(100_000);
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });

  before(() => {
    writeFileSync(at("plain"), plaintext);
    writeFileSync(at("aes.key"), randomBytes(32));
    writeFileSync(at("other.key"), randomBytes(32).toString("hex"));
    writeFileSync(at("rsa.pem"), rsa.privateKey.export({ type: "pkcs8", format: "pem" }));
    writeFileSync(at("rsa.jwk"), JSON.stringify(rsa.publicKey.export({ format: "jwk" })));
  });

  after(() => rmSync(folder, { recursive: true, force: true }));

  /** Runs one command; what it says goes nowhere. */
  async function strongroom(...parameters: string[]): Promise<void> {
    const { write } = process.stderr;
    process.stderr.write = () => true;
    try {
      await buildProgram().parseAsync(["node", "strongroom", ...parameters]);
    } finally {
      process.stderr.write = write;
    }
  }

  const CASES = [
    ["AES, format 3", "aes.key", "aes.key", []],
    ["AES, format 2, instruction file", "aes.key", "aes.key", ["--format", "2", "--instruction-file"]],
    ["RSA, written with a JWK's public half", "rsa.jwk", "rsa.pem", []],
    ["RSA, instruction file", "rsa.jwk", "rsa.pem", ["--instruction-file"]],
  ] as const;
  for (const [name, writer, reader, flags] of CASES) {
    test(name, async () => {
      await strongroom("encrypt", at("plain"), at("object"), "--key", at(writer), ...flags);
      await strongroom("decrypt", at("object"), "--key", at(reader), "--out", at("again"));
      assert.deepEqual(readFileSync(at("again")), plaintext);
      for (const left of ["object.instruction", "again"]) rmSync(at(left), { force: true });
    });
  }

  const refusal = (code: string, next: RegExp) => (error: unknown) => {
    assert.ok(error instanceof Error && "code" in error && "details" in error);
    assert.equal(error.code, code);
    assert.match(JSON.stringify(error.details), next);
    return true;
  };

  test("a changed object is refused, and neither the file nor a part of it is left", async () => {
    await strongroom("encrypt", at("plain"), at("object"), "--key", at("aes.key"));
    const changed = readFileSync(at("object"));
    changed[changed.length >> 1] = (changed[changed.length >> 1] ?? 0) ^ 1;
    writeFileSync(at("object"), changed);
    const decrypt = strongroom("decrypt", at("object"), "--key", at("aes.key"), "--out", at("again"));
    await assert.rejects(decrypt, refusal("TamperedObject", /nothing of it was written/));
    assert.equal(existsSync(at("again")), false);
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.includes("partial")),
      [],
    );
  });

  test("no key, another key, two keys and a context that is no pair say what to do", async () => {
    await strongroom("encrypt", at("plain"), at("object"), "--key", at("aes.key"));
    await assert.rejects(strongroom("decrypt", at("object")), refusal("KeyNeeded", /--key FILE/));
    const other = strongroom("decrypt", at("object"), "--key", at("other.key"), "--out", at("again"));
    await assert.rejects(other, refusal("WrongKey", /--key FILE/));
    const both = ["--key", at("aes.key"), "--kms-key-id", "k"];
    await assert.rejects(strongroom("decrypt", at("object"), ...both), refusal("BadOption", /one of them/));
    const pair = strongroom("encrypt", at("plain"), at("object"), "--key", at("aes.key"), "--context", "x");
    await assert.rejects(pair, refusal("BadOption", /NAME=VALUE/));
  });

  test("a file without its metadata is not taken for an encrypted one", async () => {
    await assert.rejects(strongroom("decrypt", at("plain")), refusal("NotEncrypted", /--metadata/));
    await assert.rejects(strongroom("decrypt", "s3://bucket"), refusal("BadLocation", /s3:\/\/BUCKET\/KEY/));
  });
});
