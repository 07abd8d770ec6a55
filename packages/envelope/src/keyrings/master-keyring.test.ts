import assert from "node:assert/strict";
import { createSecretKey, type KeyObject, randomBytes } from "node:crypto";
import { test } from "node:test";
import { SecretBytes } from "@strongroom/base";
import fc from "fast-check";
import { storedObjectContext } from "../encryption-context.ts";
import { EnvelopeError } from "../envelope-error.ts";
import { openSmall } from "../sealed-object/open.ts";
import { sealSmall } from "../sealed-object/seal.ts";
import { MasterKeyring, type MasterKeys } from "./master-keyring.ts";
import { rewrapDataKey } from "./rewrap-data-key.ts";

class TestMasterKeys implements MasterKeys {
  readonly keys: KeyObject[] = [createSecretKey(randomBytes(32))];
  /** Versions that another process added and this one has not read yet. */
  readonly unread: KeyObject[] = [];
  refreshes = 0;

  current() {
    const key = this.keys.at(-1);
    assert.ok(key !== undefined);
    return { version: this.keys.length, key };
  }

  find(version: number): KeyObject | null {
    return this.keys[version - 1] ?? null;
  }

  async refresh(): Promise<void> {
    this.refreshes++;
    this.keys.push(...this.unread.splice(0));
  }
}

const context = storedObjectContext({
  scheme: "sse-s3",
  bucket: "vault",
  objectKey: "a/b",
  uid: "00ff",
  kmsKeyId: "",
  partNumber: 0,
});
const other = { ...context, "strongroom:object-key": "a/c" };
const code = (wanted: string) => (error: unknown) => error instanceof EnvelopeError && error.code === wanted;

async function requireDataKey(
  keyring: MasterKeyring,
  encrypted: Uint8Array,
  under = context,
): Promise<string> {
  const opened = await keyring.decryptDataKey(encrypted, under);
  assert.ok(opened !== null);
  return opened.expose().toString("hex");
}

test("[§6] a generated data key opens under its context", async () => {
  const keyring = new MasterKeyring(new TestMasterKeys());
  const { plaintext, encrypted } = await keyring.generateDataKey(context);
  assert.equal(encrypted.length, 85);
  assert.equal(plaintext.sizeBytes, 32);
  assert.equal(await requireDataKey(keyring, encrypted), plaintext.expose().toString("hex"));
});

test("[L-6] [L-7] [L-8] a thousand data keys: no key, salt or ciphertext twice, no keystream shared", async () => {
  const keyring = new MasterKeyring(new TestMasterKeys());
  const seen = new Set<string>();
  for (let i = 0; i < 1000; i++) {
    const { plaintext, encrypted } = await keyring.generateDataKey(context);
    const blob = Buffer.from(encrypted);
    const keystream = Buffer.from(plaintext.expose().map((byte, at) => byte ^ (blob[37 + at] ?? 0)));
    for (const part of [plaintext.expose(), blob.subarray(5, 37), blob.subarray(37, 69), keystream]) {
      seen.add(part.toString("hex"));
    }
  }
  assert.equal(seen.size, 4000);
});

test("[R-17] [L-20] [L-22] [L-24] another context, a lacking pair or an extra one does not open it", async () => {
  const keyring = new MasterKeyring(new TestMasterKeys());
  const { encrypted } = await keyring.generateDataKey(context);
  const { "strongroom:kms-key-id": _, ...lacking } = context;
  for (const wrong of [other, lacking, { ...context, extra: "" }]) {
    await assert.rejects(keyring.decryptDataKey(encrypted, wrong), code("Tampered"));
  }
  await assert.rejects(keyring.decryptDataKey(encrypted, {}), code("InvalidContext"));
  await assert.rejects(keyring.generateDataKey({}), code("InvalidContext"));
});

test("[R-16] [R-17] each byte of a wrapped key matters", async () => {
  const keyring = new MasterKeyring(new TestMasterKeys());
  const { encrypted } = await keyring.generateDataKey(context);
  for (let at = 0; at < encrypted.length; at++) {
    const changed = Buffer.from(encrypted);
    changed[at] = (changed[at] ?? 0) ^ 0x40;
    if (at === 0) assert.equal(await keyring.decryptDataKey(changed, context), null);
    else {
      const expected = at < 5 ? "UnknownMasterKey" : "Tampered";
      await assert.rejects(keyring.decryptDataKey(changed, context), code(expected), `byte ${at}`);
    }
  }
});

test("[R-16] a version that is swapped for another existing one does not open", async () => {
  const masterKeys = new TestMasterKeys();
  const keyring = new MasterKeyring(masterKeys);
  const { encrypted } = await keyring.generateDataKey(context);
  masterKeys.keys.push(createSecretKey(randomBytes(32)));
  const changed = Buffer.from(encrypted);
  changed.writeUInt32BE(2, 1);
  await assert.rejects(keyring.decryptDataKey(changed, context), code("Tampered"));
});

test("[R-15] [L-33] wrapped keys of every length and any content: null or an EnvelopeError", async () => {
  const keyring = new MasterKeyring(new TestMasterKeys());
  const { encrypted } = await keyring.generateDataKey(context);
  assert.equal(await keyring.decryptDataKey(new Uint8Array(0), context), null);
  for (let size = 1; size < 85; size++) {
    await assert.rejects(keyring.decryptDataKey(encrypted.subarray(0, size), context), code("Malformed"));
  }
  await assert.rejects(
    keyring.decryptDataKey(Buffer.concat([encrypted, encrypted]), context),
    code("Malformed"),
  );
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 120 }), async (bytes) => {
      try {
        assert.equal(await keyring.decryptDataKey(bytes, context), null);
      } catch (error) {
        assert.ok(error instanceof EnvelopeError);
      }
    }),
  );
});

test("[R-16] a version that another process added is read before it is called unknown", async () => {
  const theirs = new TestMasterKeys();
  const ours = new TestMasterKeys();
  const added = createSecretKey(randomBytes(32));
  theirs.keys.push(added);
  const { plaintext, encrypted } = await new MasterKeyring(theirs).generateDataKey(context);
  const keyring = new MasterKeyring(ours);
  await assert.rejects(keyring.decryptDataKey(encrypted, context), code("UnknownMasterKey"));
  ours.unread.push(added);
  assert.equal(await requireDataKey(keyring, encrypted), plaintext.expose().toString("hex"));
  await requireDataKey(keyring, encrypted);
  assert.equal(ours.refreshes, 2);
});

test("[§6] re-wrapping under a newer master key keeps the data key, and the sealed bytes stay as they are", async () => {
  const masterKeys = new TestMasterKeys();
  const keyring = new MasterKeyring(masterKeys);
  const { plaintext, encrypted } = await keyring.generateDataKey(context);
  const sealed = sealSmall(plaintext, Buffer.from("kept"));
  assert.ok(keyring.isCurrent(encrypted));
  masterKeys.keys.push(createSecretKey(randomBytes(32)));
  assert.ok(!keyring.isCurrent(encrypted));

  const rewrapped = await rewrapDataKey(encrypted, { keyring, context }, { keyring, context });
  assert.ok(keyring.isCurrent(rewrapped));
  assert.notDeepEqual(Buffer.from(rewrapped), Buffer.from(encrypted));
  const [old, renewed] = [encrypted, rewrapped].map((blob) => keyring.decryptDataKey(blob, context));
  assert.equal((await old)?.expose().toString("hex"), plaintext.expose().toString("hex"));
  const reopened = await renewed;
  assert.ok(reopened);
  assert.equal(openSmall(reopened, sealed, undefined, 4).toString(), "kept");
});

test("[§6] re-wrapping to another context leaves the old one behind", async () => {
  const keyring = new MasterKeyring(new TestMasterKeys());
  const { plaintext, encrypted } = await keyring.generateDataKey(context);
  const moved = await rewrapDataKey(encrypted, { keyring, context }, { keyring, context: other });
  await assert.rejects(keyring.decryptDataKey(moved, context), code("Tampered"));
  assert.equal(await requireDataKey(keyring, moved, other), plaintext.expose().toString("hex"));
});

test("[R-15] [R-17] re-wrapping refuses what does not open, and what another keyring wrapped", async () => {
  const keyring = new MasterKeyring(new TestMasterKeys());
  const { encrypted } = await keyring.generateDataKey(context);
  await assert.rejects(
    rewrapDataKey(encrypted, { keyring, context: other }, { keyring, context }),
    code("Tampered"),
  );
  const foreign = Buffer.from([9, 9, 9]);
  await assert.rejects(rewrapDataKey(foreign, { keyring, context }, { keyring, context }), code("Malformed"));
});

test("[R-14] only 32-byte data keys are wrapped", async () => {
  const keyring = new MasterKeyring(new TestMasterKeys());
  for (const size of [0, 16, 31, 33]) {
    const short = new SecretBytes(Buffer.alloc(size));
    await assert.rejects(keyring.encryptDataKey(short, context), code("InvalidDataKey"));
  }
});
