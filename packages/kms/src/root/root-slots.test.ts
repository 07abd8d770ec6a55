import assert from "node:assert/strict";
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { SecretBytes } from "@strongroom/base";
import type { ExternalKms, SlotAccess } from "./external-kms.ts";
import { makeBundle, parseBundle, restoreBundle } from "./root-bundle.ts";
import {
  addSlot,
  changeRoot,
  type NewSlot,
  type RootPlace,
  readSlots,
  removeSlot,
  upgradeRoot,
} from "./root-changes.ts";
import { RootSeal } from "./root-seal.ts";
import { RootSealError, type RootSealErrorCode } from "./root-seal-error.ts";
import { parseSlotOpener, printSlotOpener } from "./slot-opener.ts";

const KEY_ARN = "arn:aws:kms:us-east-1:123456789012:key/0b3b1d1e-0000-4000-8000-000000000001";
const CHEAP = { memoryKiB: 19_456, passes: 2, lanes: 1 };

/** A key service in memory: binds the context, forgets nothing. */
class MemoryKms implements ExternalKms {
  readonly #key = randomBytes(32);
  answer: ((plain: Buffer) => Uint8Array) | null = null;

  async encrypt({ bytes, context }: Parameters<ExternalKms["encrypt"]>[0]): Promise<Uint8Array> {
    const cipher = createCipheriv("aes-256-gcm", this.#key, Buffer.alloc(12, 1));
    cipher.setAAD(Buffer.from(JSON.stringify(context)));
    return Buffer.concat([cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
  }

  async decrypt({ bytes, context }: Parameters<ExternalKms["decrypt"]>[0]): Promise<Uint8Array> {
    const decipher = createDecipheriv("aes-256-gcm", this.#key, Buffer.alloc(12, 1), { authTagLength: 16 });
    decipher.setAAD(Buffer.from(JSON.stringify(context)));
    decipher.setAuthTag(bytes.subarray(-16));
    const plain = Buffer.concat([decipher.update(bytes.subarray(0, -16)), decipher.final()]);
    return this.answer === null ? plain : this.answer(plain);
  }
}

class Bench {
  readonly folder = mkdtempSync(join(tmpdir(), "strongroom-slots-"));
  readonly dataDir = join(this.folder, "data");
  readonly path = join(this.dataDir, "root.json");
  readonly kms = new MemoryKms();
  readonly variables: Record<string, string | undefined> = {
    PHRASE: "correct horse battery",
    OTHER: "another passphrase",
  };
  readonly access: SlotAccess = { kms: async () => this.kms, variable: (name) => this.variables[name] };

  constructor(t: TestContext) {
    t.after(() => rmSync(this.folder, { recursive: true, force: true }));
  }

  file(name: string): string {
    return join(this.folder, "keys", name);
  }

  place(opener = `key-file:${this.file("first")}`): RootPlace {
    return { path: this.path, opener: parseSlotOpener(opener), access: this.access };
  }

  slot(name: string, opener: string): NewSlot {
    return { name, opener: parseSlotOpener(opener), cost: CHEAP };
  }

  /** All derived keys, as one text. */
  async open(opener: string): Promise<string> {
    const { dataDir, access } = this;
    const rootKeyFile = this.file("none");
    using seal = await RootSeal.open({ dataDir, rootKeyFile, unsealWith: parseSlotOpener(opener), access });
    return Object.values(seal.keys)
      .map((key) => key.expose().toString("hex"))
      .join();
  }

  /** Format 1, then format 2 with the key file `first`; gives the keys of format 1. */
  async upgraded(): Promise<string> {
    const keys = await this.open(`key-file:${this.file("one")}`);
    await upgradeRoot(
      this.place(`key-file:${this.file("one")}`),
      this.slot("first", `key-file:${this.file("first")}`),
    );
    return keys;
  }

  async refuses(action: Promise<unknown>, code: RootSealErrorCode, says = /./): Promise<void> {
    const before = existsSync(this.path) ? readFileSync(this.path, "utf8") : null;
    await assert.rejects(action, (error) => {
      assert.ok(error instanceof RootSealError, String(error));
      assert.equal(error.code, code, error.message);
      assert.match(error.message, says);
      return true;
    });
    assert.equal(existsSync(this.path) ? readFileSync(this.path, "utf8") : null, before);
  }
}

test("an upgraded folder has the same keys, and each kind of slot opens them", async (t) => {
  const bench = new Bench(t);
  const keys = await bench.upgraded();
  await addSlot(bench.place(), bench.slot("words", "passphrase:env:PHRASE"));
  await addSlot(bench.place("passphrase:env:PHRASE"), bench.slot("cloud", `kms:${KEY_ARN}`));
  for (const opener of [`key-file:${bench.file("first")}`, "passphrase:env:PHRASE", `kms:${KEY_ARN}`])
    assert.equal(await bench.open(opener), keys, opener);
  const record = await readSlots(bench.path);
  assert.deepEqual(
    record.slots.map(({ name }) => name),
    ["first", "words", "cloud"],
  );
  assert.equal(record.generation, 3);
  await bench.refuses(upgradeRoot(bench.place(), bench.slot("x", "passphrase:env:PHRASE")), "FormatNew");
  assert.deepEqual(readdirSync(bench.dataDir), ["root.json"]);
});

test("an empty folder may begin with any slot", async (t) => {
  for (const opener of ["passphrase:env:PHRASE", `kms:${KEY_ARN}`]) {
    const bench = new Bench(t);
    assert.equal(await bench.open(opener), await bench.open(opener));
    assert.deepEqual(readdirSync(bench.folder), ["data"]);
  }
});

test("a change of root key keeps what is below, and asks for every slot (R-12)", async (t) => {
  const bench = new Bench(t);
  const keys = await bench.upgraded();
  await addSlot(bench.place(), bench.slot("words", "passphrase:env:PHRASE"));
  await addSlot(bench.place(), bench.slot("other", "passphrase:env:OTHER"));
  await addSlot(bench.place(), bench.slot("cloud", `kms:${KEY_ARN}`));
  const before = await readSlots(bench.path);
  const words = parseSlotOpener("passphrase:env:PHRASE");
  const cloud = parseSlotOpener(`kms:${KEY_ARN}`);
  await bench.refuses(
    changeRoot(bench.place(), [words, cloud], []),
    "SlotUncovered",
    /slot other .*--drop other/,
  );
  await bench.refuses(changeRoot(bench.place(), [words, cloud], ["typo"]), "SlotUnknown", /no slot typo/);
  const after = await changeRoot(bench.place(), [words, cloud], ["other"]);
  assert.notEqual(after.keyId, before.keyId);
  assert.equal(after.deployment, before.deployment);
  for (const opener of [`key-file:${bench.file("first")}`, "passphrase:env:PHRASE", `kms:${KEY_ARN}`])
    assert.equal(await bench.open(opener), keys, opener);
  await bench.refuses(bench.open("passphrase:env:OTHER"), "SlotRefused", /Nothing else is tried/);
});

test("a slot that was not asked for is never tried (R-6), a wrong secret opens none (R-7)", async (t) => {
  const bench = new Bench(t);
  await bench.upgraded();
  await bench.refuses(bench.open("passphrase:env:PHRASE"), "SlotUnknown", /it has first \(key-file/);
  await bench.refuses(bench.open(`kms:${KEY_ARN}`), "SlotUnknown");
  await bench.refuses(bench.open(`key-file:${bench.file("one")}`), "WrongRootKey", /--unseal-with/);
  await bench.refuses(bench.open(`key-file:${bench.file("gone")}`), "KeyFileMissing", /--unseal-with/);
  await addSlot(bench.place(), bench.slot("words", "passphrase:env:PHRASE"));
  await bench.refuses(bench.open("passphrase:env:OTHER"), "SlotRefused");
  await bench.refuses(bench.open("passphrase:env:UNSET"), "SecretUnusable", /UNSET/);
  await bench.refuses(bench.open("passphrase:credential:x"), "SecretUnusable", /LoadCredential/);
});

test("format 1 opens with its key file alone", async (t) => {
  const bench = new Bench(t);
  await bench.open(`key-file:${bench.file("one")}`);
  await bench.refuses(bench.open("passphrase:env:PHRASE"), "FormatOld", /keys upgrade-root/);
  await bench.refuses(
    removeSlot(bench.place(`key-file:${bench.file("one")}`), "x"),
    "FormatOld",
    /keys upgrade-root/,
  );
});

test("systemd credentials and files are passphrases and key files; exposed ones are refused (R-5)", async (t) => {
  const bench = new Bench(t);
  const keys = await bench.upgraded();
  bench.variables["CREDENTIALS_DIRECTORY"] = bench.folder;
  writeFileSync(join(bench.folder, "words"), "correct horse battery\n", { mode: 0o400 });
  await addSlot(bench.place(), bench.slot("words", "passphrase:credential:words"));
  assert.equal(await bench.open("passphrase:env:PHRASE"), keys);
  assert.equal(await bench.open(`passphrase:file:${join(bench.folder, "words")}`), keys);
  chmodSync(join(bench.folder, "words"), 0o440);
  await bench.refuses(bench.open("passphrase:credential:words"), "KeyFileExposed", /chmod 600/);
  bench.variables["CREDENTIALS_DIRECTORY"] = join(bench.folder, "keys");
  assert.equal(await bench.open("key-file:credential:first"), keys);
});

test("weak passphrases and costs are refused (R-3, R-4)", async (t) => {
  const bench = new Bench(t);
  await bench.upgraded();
  bench.variables["SHORT"] = "eleven char";
  bench.variables["LONG"] = "x".repeat(1025);
  for (const name of ["SHORT", "LONG"])
    await bench.refuses(
      addSlot(bench.place(), bench.slot("words", `passphrase:env:${name}`)),
      "SecretUnusable",
    );
  await addSlot(bench.place(), bench.slot("words", "passphrase:env:PHRASE"));
  const good = readFileSync(bench.path, "utf8");
  for (const [from, to] of [
    ['"memoryKiB": 19456', '"memoryKiB": 8'],
    ['"memoryKiB": 19456', '"memoryKiB": 4294967295'],
    ['"passes": 2', '"passes": 1'],
    ['"passes": 2', '"passes": 17'],
    ['"lanes": 1', '"lanes": 9'],
    ['"lanes": 1', '"lanes": "1"'],
  ] as const) {
    writeFileSync(bench.path, good.replace(from, to));
    assert.notEqual(readFileSync(bench.path, "utf8"), good);
    await bench.refuses(bench.open(`key-file:${bench.file("first")}`), "RootRecordMalformed");
  }
});

test("the last slot stays, names and key files are taken once, and the old key file is no slot (R-2, R-11, R-13)", async (t) => {
  const bench = new Bench(t);
  await bench.open(`key-file:${bench.file("one")}`);
  const old = bench.place(`key-file:${bench.file("one")}`);
  await bench.refuses(
    upgradeRoot(old, bench.slot("first", `key-file:${bench.file("one")}`)),
    "SecretUnusable",
    /new file/,
  );
  await upgradeRoot(old, bench.slot("first", `key-file:${bench.file("first")}`));
  await bench.refuses(
    addSlot(bench.place(), bench.slot("x", `key-file:${bench.file("one")}`)),
    "SecretUnusable",
  );
  await bench.refuses(removeSlot(bench.place(), "first"), "SlotLast");
  await bench.refuses(removeSlot(bench.place(), "none"), "SlotUnknown");
  await bench.refuses(addSlot(bench.place(), bench.slot("first", "passphrase:env:PHRASE")), "SlotTaken");
  await bench.refuses(
    addSlot(bench.place(), bench.slot("x", `key-file:${bench.file("first")}`)),
    "SlotTaken",
  );
  await bench.refuses(addSlot(bench.place(), bench.slot("A/B", "passphrase:env:PHRASE")), "SlotTaken");
  for (let n = 2; n <= 8; n++)
    await addSlot(bench.place(), bench.slot(`n${n}`, `key-file:${bench.file(`n${n}`)}`));
  await bench.refuses(
    addSlot(bench.place(), bench.slot("n9", `key-file:${bench.file("n9")}`)),
    "SlotTaken",
    /8 slots/,
  );
  await removeSlot(bench.place(), "n8");
  await bench.refuses(bench.open(`key-file:${bench.file("n8")}`), "WrongRootKey");
});

test("a key service that refuses, or answers with no key, opens nothing (R-10)", async (t) => {
  const bench = new Bench(t);
  await bench.upgraded();
  await addSlot(bench.place(), bench.slot("cloud", `kms:${KEY_ARN}`));
  bench.kms.answer = (plain) => plain.subarray(1);
  await bench.refuses(bench.open(`kms:${KEY_ARN}`), "KeyServiceRefused", /no key/);
  bench.kms.answer = () => randomBytes(32);
  await bench.refuses(bench.open(`kms:${KEY_ARN}`), "SlotRefused");
  bench.kms.answer = () => {
    throw new Error("secret detail");
  };
  await bench.refuses(bench.open(`kms:${KEY_ARN}`), "KeyServiceRefused", /AWS_ENDPOINT_URL_KMS/);
});

test("every member of the record that is changed, taken or added is found, whichever slot opens (R-1, R-2, R-7, R-8, R-9)", async (t) => {
  const bench = new Bench(t);
  await bench.upgraded();
  await addSlot(bench.place(), bench.slot("words", "passphrase:env:PHRASE"));
  await addSlot(bench.place(), bench.slot("cloud", `kms:${KEY_ARN}`));
  const good = readFileSync(bench.path, "utf8");
  const texts = [...changedOnce(JSON.parse(good))].map((value) => JSON.stringify(value));
  texts.push("", "[]", good.slice(0, 300), good + " ".repeat(70_000));
  assert.ok(texts.length > 60, String(texts.length));
  for (const text of texts) {
    writeFileSync(bench.path, text);
    await assert.rejects(bench.open(`key-file:${bench.file("first")}`), RootSealError, text);
  }
});

test("references read back as they were written", () => {
  for (const text of [
    "key-file:file:/a b",
    "key-file:credential:x",
    "passphrase:file:p",
    "passphrase:env:P",
    `kms:${KEY_ARN}`,
  ])
    assert.equal(printSlotOpener(parseSlotOpener(text)), text);
  for (const text of [
    "",
    "passphrase:hunter2 hunter2",
    "kms:alias/x",
    "key-file:",
    "key-file:env:X",
    "passphrase:credential:../x",
    "passphrase:credential:..",
    "tpm:x",
  ])
    assert.throws(() => parseSlotOpener(text), RangeError, text);
});

test("a bundle restores on an empty machine, and over the same deployment when told (R-15, R-16) [L-173]", async (t) => {
  const bench = new Bench(t);
  const keys = await bench.upgraded();
  using passphrase = new SecretBytes(Buffer.from("bundle passphrase"));
  using wrong = new SecretBytes(Buffer.from("bundle passphrasE"));
  const text = await makeBundle(bench.place(), passphrase, new Date(0), CHEAP);
  assert.throws(() => parseBundle(" ".repeat(70_000)), RootSealError);
  const other = new Bench(t);
  const slot = other.slot("new", `key-file:${other.file("new")}`);
  const restore = (bundle: string, target: Bench, more: object = {}): Promise<unknown> =>
    Promise.resolve().then(() =>
      restoreBundle({
        path: target.path,
        bundle: parseBundle(bundle),
        passphrase,
        slot,
        access: target.access,
        isReplacing: false,
        prove: async () => {},
        ...more,
      }),
    );
  await bench.refuses(restore(text, bench), "RecordExists", /--replace/);
  await bench.refuses(restore(text, bench, { passphrase: wrong }), "BundleRefused");
  for (const value of changedOnce(JSON.parse(text)))
    await assert.rejects(restore(JSON.stringify(value), bench, { isReplacing: true }), RootSealError);
  const proof = new Error("does not open");
  await assert.rejects(
    restore(text, bench, { isReplacing: true, prove: () => Promise.reject(proof) }),
    proof,
  );
  assert.equal(await bench.open(`key-file:${bench.file("first")}`), keys);
  await restore(text, bench, { isReplacing: true });
  assert.equal(await bench.open(`key-file:${other.file("new")}`), keys);
  await other.open(`key-file:${other.file("foreign")}`);
  await other.refuses(restore(text, other, { isReplacing: true }), "BundleRefused", /another deployment/);
  rmSync(other.path);
  await restore(text, other);
  assert.equal(await other.open(`key-file:${other.file("new")}`), keys);
  assert.equal((await readSlots(other.path)).deployment, parseBundle(text).deployment);
});

test("a bundle of format 1 restores too", async (t) => {
  const bench = new Bench(t);
  const keys = await bench.open(`key-file:${bench.file("one")}`);
  using passphrase = new SecretBytes(Buffer.from("bundle passphrase"));
  const bundle = parseBundle(
    await makeBundle(bench.place(`key-file:${bench.file("one")}`), passphrase, new Date()),
  );
  rmSync(bench.path);
  const slot = bench.slot("new", "passphrase:env:PHRASE");
  const { path, access } = bench;
  await restoreBundle({ path, access, bundle, passphrase, slot, isReplacing: false, prove: async () => {} });
  assert.equal(await bench.open("passphrase:env:PHRASE"), keys);
});

/** Copies with one leaf changed, one member taken or added, or two list entries exchanged. */
function* changedOnce(value: unknown): Generator<unknown> {
  if (typeof value === "number") yield value + 1;
  if (typeof value === "string") {
    for (const at of [0, value.length >> 1])
      yield value.slice(0, at) + (value[at] === "a" ? "b" : "a") + value.slice(at + 1);
  }
  if (Array.isArray(value)) {
    yield [];
    yield value.toReversed();
    yield value.slice(1);
    yield [...value, value[0]];
    for (const [at, one] of value.entries())
      for (const changed of changedOnce(one)) yield value.with(at, changed);
  } else if (typeof value === "object" && value !== null) {
    yield { ...value, surplus: 1 };
    for (const [name, member] of Object.entries(value)) {
      yield Object.fromEntries(Object.entries(value).filter(([each]) => each !== name));
      for (const changed of changedOnce(member)) yield { ...value, [name]: changed };
    }
  }
}
