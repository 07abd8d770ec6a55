import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import {
  chmodSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { SecretBytes } from "@strongroom/base";
import { printRootKeyFile } from "./root-key-file.ts";
import { RootSeal } from "./root-seal.ts";
import { RootSealError, type RootSealErrorCode } from "./root-seal-error.ts";

interface Place {
  readonly dataDir: string;
  readonly rootKeyFile: string;
}

function freshPlace(t: TestContext): Place {
  const folder = mkdtempSync(join(tmpdir(), "strongroom-root-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return { dataDir: join(folder, "data"), rootKeyFile: join(folder, "keys", "root.key") };
}

const recordOf = (place: Place): string => join(place.dataDir, "root.json");
const fingerprint = (seal: RootSeal): string =>
  Object.values(seal.keys)
    .map((key) => key.expose().toString("hex"))
    .join();

async function openedFingerprint(place: Place): Promise<string> {
  using seal = await RootSeal.open(place);
  return fingerprint(seal);
}

async function refuses(place: Place, code: RootSealErrorCode, wayOut: RegExp): Promise<void> {
  await assert.rejects(RootSeal.open(place), (error) => {
    assert.ok(error instanceof RootSealError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, wayOut);
    return true;
  });
}

test("the first start makes one root, and the next opens the same one", async (t) => {
  const place = freshPlace(t);
  using first = await RootSeal.open(place);
  assert.equal(first.isNew, true);
  assert.equal(statSync(place.rootKeyFile).mode & 0o777, 0o600);
  assert.equal(statSync(place.dataDir).mode & 0o777, 0o700);
  using second = await RootSeal.open(place);
  assert.equal(second.isNew, false);
  assert.equal(fingerprint(second), fingerprint(first));
  assert.equal(second.keyId, first.keyId);
});

test("each derived key is another one, and none is in a file", async (t) => {
  const place = freshPlace(t);
  using seal = await RootSeal.open(place);
  const keys = Object.values(seal.keys).map((key) => key.expose().toString("hex"));
  assert.equal(new Set(keys).size, 7);
  const rootKey = JSON.parse(readFileSync(place.rootKeyFile, "utf8")).key;
  const record = readFileSync(recordOf(place), "utf8");
  for (const secret of [rootKey, ...keys, ...keys.map((key) => Buffer.from(key, "hex").toString("base64"))]) {
    assert.ok(!record.includes(secret));
  }
  assert.ok(!keys.includes(Buffer.from(rootKey, "base64").toString("hex")));
});

test("one key file over two data folders gives unrelated keys", async (t) => {
  const place = freshPlace(t);
  using one = await RootSeal.open(place);
  using two = await RootSeal.open({ ...place, dataDir: `${place.dataDir}-2` });
  assert.equal(one.keyId, two.keyId);
  const keys = new Set([...fingerprint(one).split(","), ...fingerprint(two).split(",")]);
  assert.equal(keys.size, 14);
});

test("a sealed root keeps nothing usable after wipe", async (t) => {
  const seal = await RootSeal.open(freshPlace(t));
  seal.wipe();
  assert.throws(() => seal.keys.indexSealing.expose(), TypeError);
});

test("[L-5] a missing key file over an existing root refuses and makes nothing", async (t) => {
  const place = freshPlace(t);
  await openedFingerprint(place);
  rmSync(place.rootKeyFile);
  await refuses(place, "KeyFileMissing", /--root-key-file/);
  assert.deepEqual(readdirSync(join(place.rootKeyFile, "..")), []);
});

test("[L-5] a valid key file of other data refuses and names both keys", async (t) => {
  const place = freshPlace(t);
  using first = await RootSeal.open(place);
  const before = readFileSync(recordOf(place), "utf8");
  writeFileSync(place.rootKeyFile, printRootKeyFile(SecretBytes.random(32)), { mode: 0o600 });
  await refuses(place, "WrongRootKey", new RegExp(`${first.keyId}.*--root-key-file`));
  assert.equal(readFileSync(recordOf(place), "utf8"), before);
});

test("[L-5] data without a root record refuses, with or without a key file", async (t) => {
  for (const folder of ["index", "blobs"]) {
    const place = freshPlace(t);
    await openedFingerprint(place);
    mkdirSync(join(place.dataDir, folder));
    writeFileSync(join(place.dataDir, folder, "something"), "");
    rmSync(recordOf(place));
    await refuses(place, "RootRecordMissing", /root\.json.*backup/);
    rmSync(place.rootKeyFile);
    await refuses(place, "RootRecordMissing", /root\.json.*backup/);
    assert.deepEqual(readdirSync(place.dataDir), [folder]);
  }
});

test("empty folders are no data", async (t) => {
  const place = freshPlace(t);
  mkdirSync(join(place.dataDir, "index"), { recursive: true });
  mkdirSync(join(place.dataDir, "blobs"));
  using seal = await RootSeal.open(place);
  assert.equal(seal.isNew, true);
});

test("a key file that others can reach refuses and says chmod 600", async (t) => {
  const place = freshPlace(t);
  await openedFingerprint(place);
  for (const mode of [0o640, 0o604, 0o620, 0o602, 0o601, 0o666]) {
    chmodSync(place.rootKeyFile, mode);
    await refuses(place, "KeyFileExposed", /chmod 600 .*root\.key/);
  }
  chmodSync(place.rootKeyFile, 0o400);
  await openedFingerprint(place);
});

test("a damaged key file refuses, each character of its key flipped in turn", async (t) => {
  const place = freshPlace(t);
  await openedFingerprint(place);
  const good = readFileSync(place.rootKeyFile, "utf8");
  const key: string = JSON.parse(good).key;
  const texts = [
    "",
    "{",
    "[]",
    "null",
    '"text"',
    good.slice(0, -20),
    good.replace("root key", "other"),
    "x".repeat(5000),
  ];
  texts.push(good.replace('"version": 1', '"version": 2'), good.replace(/"keyId": "./, '"keyId": "x'));
  for (let at = 0; at < key.length; at++) {
    const changed = key.slice(0, at) + (key[at] === "A" ? "B" : "A") + key.slice(at + 1);
    texts.push(good.replace(key, changed));
  }
  for (const text of texts) {
    writeFileSync(place.rootKeyFile, text);
    await refuses(place, "KeyFileMalformed", /root\.key/);
  }
  await assert.rejects(RootSeal.open(place), (error) => !String(error).includes(key.slice(0, 8)));
});

test("a changed or damaged root record refuses", async (t) => {
  const place = freshPlace(t);
  await openedFingerprint(place);
  const good = readFileSync(recordOf(place), "utf8");
  const fields = JSON.parse(good);
  const other = Buffer.alloc(32, 7).toString("base64");
  const texts = [
    "",
    "{}",
    good.slice(0, 50),
    JSON.stringify({ ...fields, version: 2 }),
    JSON.stringify({ ...fields, salt: other }),
    JSON.stringify({ ...fields, check: other }),
    JSON.stringify({ ...fields, check: undefined }),
    JSON.stringify({ ...fields, salt: "" }),
  ];
  for (const text of texts) {
    writeFileSync(recordOf(place), text);
    await refuses(place, "RootRecordMalformed", /root\.json/);
  }
  writeFileSync(recordOf(place), good);
  await openedFingerprint(place);
});

test("a start that died at any step is taken up by the next one", async (t) => {
  const source = freshPlace(t);
  await openedFingerprint(source);
  const keyText = readFileSync(source.rootKeyFile, "utf8");
  const recordText = readFileSync(recordOf(source), "utf8");
  const steps: [string, (place: Place) => void][] = [
    ["folders only", () => {}],
    ["key half staged", (p) => writeFileSync(staged(p.rootKeyFile), keyText.slice(0, 40), { mode: 0o600 })],
    ["key staged", (p) => writeFileSync(staged(p.rootKeyFile), keyText, { mode: 0o600 })],
    ["key linked", (p) => placeKey(p, keyText, true)],
    ["key in place", (p) => placeKey(p, keyText, false)],
    ["record half staged", (p) => withRecord(p, keyText, recordText.slice(0, 30), "staged")],
    ["record staged", (p) => withRecord(p, keyText, recordText, "staged")],
    ["record linked", (p) => withRecord(p, keyText, recordText, "linked")],
  ];
  for (const [name, prepare] of steps) {
    const place = freshPlace(t);
    mkdirSync(place.dataDir, { recursive: true });
    mkdirSync(join(place.rootKeyFile, ".."));
    prepare(place);
    const keyId = name.startsWith("key in") || name.startsWith("key linked") || name.startsWith("record");
    using seal = await RootSeal.open(place);
    if (keyId) assert.equal(seal.keyId, JSON.parse(keyText).keyId, name);
    assert.equal(seal.isNew, name !== "record linked", name);
    assert.equal(await openedFingerprint(place), fingerprint(seal), name);
    assert.deepEqual(readdirSync(place.dataDir), ["root.json"], name);
    assert.deepEqual(readdirSync(join(place.rootKeyFile, "..")), ["root.key"], name);
  }
});

test("many starts at once in one process end with one root", async (t) => {
  const place = freshPlace(t);
  const seals = await Promise.all(Array.from({ length: 24 }, () => RootSeal.open(place)));
  assert.equal(new Set(seals.map(fingerprint)).size, 1);
  assert.equal(seals.filter((seal) => seal.isNew).length, 1);
  assert.deepEqual(readdirSync(place.dataDir), ["root.json"]);
});

test("processes started at once, some killed, end with one root", async (t) => {
  const opener = new URL("./root-seal.child.ts", import.meta.url).pathname;
  for (let round = 0; round < 4; round++) {
    const place = freshPlace(t);
    const start = (): ChildProcess =>
      spawn(process.execPath, [opener, place.dataDir, place.rootKeyFile], {
        stdio: ["ignore", "pipe", "inherit"],
      });
    const children = Array.from({ length: 4 }, start);
    const results = await Promise.all(
      children.map((child, at) => {
        // Two of them die at some moment around the creation of the files.
        if (at >= 2) setTimeout(() => child.kill("SIGKILL"), 60 + 25 * round + 10 * at).unref();
        return outputOf(child);
      }),
    );
    const survivors = results.filter((result) => result !== "");
    assert.ok(survivors.length >= 2);
    const now = await openedFingerprint(place);
    assert.deepEqual([...new Set(survivors)], [now]);
  }
});

const staged = (path: string): string =>
  join(path, "..", `.${path.slice(path.lastIndexOf("/") + 1)}.0123456789abcdef.new`);

function placeKey(place: Place, text: string, keepStaged: boolean): void {
  writeFileSync(staged(place.rootKeyFile), text, { mode: 0o600 });
  linkSync(staged(place.rootKeyFile), place.rootKeyFile);
  if (!keepStaged) rmSync(staged(place.rootKeyFile));
}

function withRecord(place: Place, keyText: string, recordText: string, state: "staged" | "linked"): void {
  placeKey(place, keyText, true);
  writeFileSync(staged(recordOf(place)), recordText);
  if (state === "linked") linkSync(staged(recordOf(place)), recordOf(place));
}

async function outputOf(child: ChildProcess): Promise<string> {
  let text = "";
  child.stdout?.on("data", (piece) => {
    text += piece;
  });
  await new Promise((resolve) => child.on("close", resolve));
  return text.trim();
}
