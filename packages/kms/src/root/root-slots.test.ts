import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { chmodSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { SecretBytes } from "@strongroom/base";
import { addSlot, changeRoot, readSlots, removeSlot, upgradeRoot } from "./root-changes.ts";
import { RootSealError } from "./root-seal-error.ts";
import { Bench, changedOnce, KEY_ARN, TOKEN_KEY } from "./root-slot-fixture.ts";
import { parseSlotOpener, printSlotOpener } from "./slot-opener.ts";

test("an upgraded folder has the same keys, and each kind of slot opens them", async (t) => {
  const bench = new Bench(t);
  const keys = await bench.upgraded();
  await addSlot(bench.place(), bench.slot("words", "passphrase:env:PHRASE"));
  await addSlot(bench.place("passphrase:env:PHRASE"), bench.slot("cloud", `kms:${KEY_ARN}`));
  await addSlot(bench.place(`kms:${KEY_ARN}`), bench.slot("card", TOKEN_KEY));
  for (const opener of [
    `key-file:${bench.file("first")}`,
    "passphrase:env:PHRASE",
    `kms:${KEY_ARN}`,
    TOKEN_KEY,
  ])
    assert.equal(await bench.open(opener), keys, opener);
  assert.equal(bench.token.opened, 0);
  const record = await readSlots(bench.path);
  assert.deepEqual(
    record.slots.map(({ name }) => name),
    ["first", "words", "cloud", "card"],
  );
  assert.equal(record.generation, 4);
  await bench.refuses(upgradeRoot(bench.place(), bench.slot("x", "passphrase:env:PHRASE")), "FormatNew");
  assert.deepEqual(readdirSync(bench.dataDir), ["root.json"]);
});

test("an empty folder may begin with any slot", async (t) => {
  for (const opener of ["passphrase:env:PHRASE", `kms:${KEY_ARN}`, TOKEN_KEY]) {
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

test("a token that refuses, or answers with no key, opens nothing, and no other key of it is tried (R-17)", async (t) => {
  const bench = new Bench(t);
  await bench.upgraded();
  await addSlot(bench.place(), bench.slot("card", TOKEN_KEY));
  assert.deepEqual([...bench.token.keys.keys()], ["root"]);
  await bench.refuses(bench.open(TOKEN_KEY.replace("=root", "=other")), "SlotUnknown", /key other/);
  await bench.refuses(
    bench.open(TOKEN_KEY.replace("env:PIN", "env:NONE")),
    "SecretUnusable",
    /NONE has no PIN/,
  );
  bench.token.answer = (plain) => new SecretBytes(plain.expose().subarray(1));
  await bench.refuses(bench.open(TOKEN_KEY), "TokenRefused", /no key/);
  bench.token.answer = () => SecretBytes.random(32);
  await bench.refuses(bench.open(TOKEN_KEY), "SlotRefused");
  bench.token.answer = null;
  bench.token.keys.clear();
  await bench.refuses(bench.open(TOKEN_KEY), "TokenRefused", /^(?!.*secret detail).*Nothing else is tried/);
});

test("every member of the record that is changed, taken or added is found, whichever slot opens (R-1, R-2, R-7, R-8, R-9)", async (t) => {
  const bench = new Bench(t);
  await bench.upgraded();
  await addSlot(bench.place(), bench.slot("words", "passphrase:env:PHRASE"));
  await addSlot(bench.place(), bench.slot("cloud", `kms:${KEY_ARN}`));
  await addSlot(bench.place(), bench.slot("card", TOKEN_KEY));
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
    TOKEN_KEY,
    "pkcs11:token=t;object=%3B%3F%25?module-path=/a%20b/m.so&pin-source=file:/c%26d",
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
    "pkcs11:token=t;object=o?module-path=/m.so",
    "pkcs11:token=t?module-path=/m.so&pin-source=env:P",
    "pkcs11:token=t;object=o?module-path=/m.so&pin-value=1234",
    "pkcs11:token=t;object=o?module-path=m.so&pin-source=env:P",
    "pkcs11:token=t;object=o;id=1?module-path=/m.so&pin-source=env:P",
    "pkcs11:token=t;token=u;object=o?module-path=/m.so&pin-source=env:P",
    "pkcs11:token=%ff;object=o?module-path=/m.so&pin-source=env:P",
    "pkcs11:object=o?pin-source=env:P",
  ])
    assert.throws(() => parseSlotOpener(text), RangeError, text);
});
