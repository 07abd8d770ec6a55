import assert from "node:assert/strict";
import { createCipheriv, createSecretKey, randomBytes } from "node:crypto";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { encodeSequence, ManualClock, SecretBytes } from "@strongroom/base";
import { EnvelopeError, MasterKeyring, storedObjectContext } from "@strongroom/envelope";
import { MemoryErasableSecrets } from "../keys/erasable-secrets.ts";
import { MasterKeyError } from "./master-key-error.ts";
import type { SealedMasterKey } from "./sealed-master-key.ts";
import { type MasterKeyStore, SseS3MasterKeys } from "./sse-s3-master-keys.ts";

/** Keeps records as an index would: several processes may hold one, and its answers take a while. */
class MemoryStore implements MasterKeyStore {
  records: SealedMasterKey[] = [];
  secrets = new MemoryErasableSecrets();
  loads = 0;

  async load(): Promise<readonly SealedMasterKey[]> {
    this.loads++;
    const snapshot = [...this.records];
    await sleep(Math.random() * 3);
    return snapshot;
  }

  async append(record: SealedMasterKey): Promise<boolean> {
    await sleep(Math.random() * 3);
    if (this.records.some(({ version }) => version === record.version)) return false;
    this.records.push(record);
    return true;
  }

  async replace(record: SealedMasterKey): Promise<void> {
    await sleep(Math.random() * 3);
    this.records = this.records.map((known) => (known.version === record.version ? record : known));
  }
}

const sealingKey = SecretBytes.random(32);
const clock = new ManualClock(1_700_000_000_000);
const openKeys = (store: MemoryStore, key = sealingKey): Promise<SseS3MasterKeys> =>
  SseS3MasterKeys.open({ store, secrets: store.secrets, sealingKey: key, clock });
const bytesOf = (keys: SseS3MasterKeys, version: number): string =>
  keys.find(version)?.export().toString("hex") ?? "none";
const code = (wanted: string) => (error: unknown) => error instanceof MasterKeyError && error.code === wanted;
const context = storedObjectContext({
  scheme: "sse-s3",
  bucket: "vault",
  objectKey: "a",
  uid: "1",
  kmsKeyId: "",
  partNumber: 0,
});

test("[L-5] the first start makes version 1, random and sealed, and the next start opens it", async () => {
  const store = new MemoryStore();
  const first = await openKeys(store);
  assert.equal(first.current().version, 1);
  assert.equal(first.current().createdMs, clock.nowMs());
  const second = await openKeys(store);
  assert.equal(bytesOf(second, 1), bytesOf(first, 1));
  assert.equal(store.records.length, 1);
  assert.ok(
    !Buffer.from(store.records[0]?.sealed ?? [])
      .toString("hex")
      .includes(bytesOf(first, 1)),
  );
  assert.notEqual(bytesOf(await openKeys(new MemoryStore()), 1), bytesOf(first, 1));
});

test("many first starts at once converge on one key", async () => {
  const store = new MemoryStore();
  const all = await Promise.all(Array.from({ length: 20 }, () => openKeys(store)));
  assert.equal(store.records.length, 1);
  assert.equal(new Set(all.map((keys) => bytesOf(keys, 1))).size, 1);
});

test("a rotation adds a version; older ones still open what they wrapped", async () => {
  const store = new MemoryStore();
  const keys = await openKeys(store);
  const keyring = new MasterKeyring(keys);
  const before = await keyring.generateDataKey(context);
  assert.equal(await keys.rotate(), 2);
  assert.notEqual(bytesOf(keys, 1), bytesOf(keys, 2));
  assert.ok(!keyring.isCurrent(before.encrypted));
  const opened = await keyring.decryptDataKey(before.encrypted, context);
  assert.ok(opened?.expose().equals(before.plaintext.expose()));
  assert.ok(keyring.isCurrent((await keyring.generateDataKey(context)).encrypted));
});

test("rotations begun at once, in one process or in several, make one new version", async () => {
  const store = new MemoryStore();
  const [one, two] = [await openKeys(store), await openKeys(store)];
  const versions = await Promise.all([
    one.rotate(),
    one.rotate(),
    two.rotate(),
    one.refresh(),
    two.refresh(),
  ]);
  assert.deepEqual(versions.slice(0, 3), [2, 2, 2]);
  assert.equal(store.records.length, 2);
  assert.equal(bytesOf(one, 2), bytesOf(two, 2));
});

test("a version that another process made is found after a refresh, by the keyring on its own", async () => {
  const store = new MemoryStore();
  const [ours, theirs] = [await openKeys(store), await openKeys(store)];
  await theirs.rotate();
  assert.equal(ours.find(2), null);
  const made = await new MasterKeyring(theirs).generateDataKey(context);
  const loads = store.loads;
  const keyring = new MasterKeyring(ours);
  const opened = await Promise.all([1, 2, 3].map(() => keyring.decryptDataKey(made.encrypted, context)));
  for (const dataKey of opened) assert.ok(dataKey?.expose().equals(made.plaintext.expose()));
  assert.equal(store.loads - loads, 1);
  assert.equal(ours.current().version, 2);
});

test("[L-25] each byte of a sealed master key matters, and its version and time too", async () => {
  const store = new MemoryStore();
  const keys = await openKeys(store);
  await keys.rotate();
  const [first, second] = store.records;
  assert.ok(first !== undefined && second !== undefined);
  const wrongs: SealedMasterKey[][] = [
    [{ ...first, createdMs: first.createdMs + 1 }, second],
    [{ ...first, sealed: second.sealed }, second],
    [
      { ...second, version: 1 },
      { ...first, version: 2 },
    ],
  ];
  for (let at = 0; at < first.sealed.length; at++) {
    const sealed = Buffer.from(first.sealed);
    sealed[at] = (sealed[at] ?? 0) ^ 1;
    wrongs.push([{ ...first, sealed }, second]);
  }
  for (let size = 0; size < first.sealed.length; size++) {
    wrongs.push([{ ...first, sealed: first.sealed.subarray(0, size) }, second]);
  }
  for (const records of wrongs) {
    const changed = new MemoryStore();
    changed.records = records;
    changed.secrets = store.secrets;
    // A changed name leads to no secret.
    await assert.rejects(
      openKeys(changed),
      (error) => code("MasterKeyTampered")(error) || code("MasterKeyMissing")(error),
    );
  }
});

test("[L-5] another root refuses, and no master key is made in place of one that does not open", async () => {
  const store = new MemoryStore();
  await openKeys(store);
  await assert.rejects(openKeys(store, SecretBytes.random(32)), code("MasterKeyTampered"));
  assert.equal(store.records.length, 1);
});

test("a version that is missing, or has disappeared since, is an integrity error", async () => {
  const store = new MemoryStore();
  const keys = await openKeys(store);
  await keys.rotate();
  const [first, second] = store.records;
  assert.ok(first !== undefined && second !== undefined);
  const lost = new MemoryStore();
  lost.records = store.records;
  await assert.rejects(openKeys(lost), code("MasterKeyMissing"));
  store.records = [second];
  await assert.rejects(openKeys(store), code("MasterKeyMissing"));
  await assert.rejects(keys.refresh(), code("MasterKeyMissing"));
  store.records = [first];
  await assert.rejects(keys.refresh(), code("MasterKeyMissing"));
  store.records = [second, first];
  await keys.refresh();
  assert.equal((await openKeys(store)).current().version, 2);
});

test("a destroyed version opens nothing, in no process once requests under way are over; later ones do", async () => {
  const store = new MemoryStore();
  const [keys, other] = [await openKeys(store), await openKeys(store)];
  const old = await new MasterKeyring(keys).generateDataKey(context);
  await keys.rotate();
  await keys.rotate();
  const now = await new MasterKeyring(keys).generateDataKey(context);
  await assert.rejects(keys.destroyUpTo(3), code("MasterKeyInUse"));
  assert.deepEqual(await keys.destroyUpTo(1), [1]);
  assert.deepEqual(await keys.destroyUpTo(2), [2]);
  assert.deepEqual(await keys.destroyUpTo(2), []);
  assert.equal(store.secrets.count, 1);
  assert.deepEqual(
    (await keys.list()).map(({ destroyedMs }) => destroyedMs !== null),
    [true, true, false],
  );
  await other.refresh();
  assert.ok((await new MasterKeyring(other).decryptDataKey(old.encrypted, context)) !== null);
  clock.advance(60_000);
  for (const each of [keys, other, await openKeys(store)]) {
    await each.refresh();
    const keyring = new MasterKeyring(each);
    await assert.rejects(
      keyring.decryptDataKey(old.encrypted, context),
      (error) => error instanceof EnvelopeError && error.code === "UnknownMasterKey",
    );
    assert.ok((await keyring.decryptDataKey(now.encrypted, context)) !== null);
  }
  assert.equal(await keys.rotate(), 4);
});

test("[kms.md §0.9] destruction that ends half-way is brought to its end, and the record of before opens nothing", async () => {
  const store = new MemoryStore();
  const keys = await openKeys(store);
  await keys.rotate();
  const [before] = store.records;
  const { secrets } = store;
  const erase = secrets.erase.bind(secrets);
  secrets.erase = () => Promise.reject(new Error("killed"));
  await assert.rejects(keys.destroyUpTo(1), /killed/);
  assert.equal(secrets.count, 2);
  secrets.erase = erase;
  const next = await openKeys(store);
  assert.equal(next.find(1), null);
  await next.eraseDestroyed();
  assert.equal(secrets.count, 1);
  assert.ok(before !== undefined);
  store.records = [before, ...store.records.slice(1)];
  await assert.rejects(openKeys(store), code("MasterKeyMissing"));
});

test("a key of the first format, without an erasable half, opens as before and can be destroyed", async () => {
  const store = new MemoryStore();
  const nonce = randomBytes(12);
  const masterKey = randomBytes(32);
  const cipher = createCipheriv("aes-256-gcm", createSecretKey(sealingKey.expose()), nonce);
  cipher.setAAD(encodeSequence(["strongroom sse-s3 master key", "1", "5"]));
  const ciphertext = Buffer.concat([cipher.update(masterKey), cipher.final()]);
  const sealed = Buffer.concat([Buffer.of(1), nonce, ciphertext, cipher.getAuthTag()]);
  store.records = [{ version: 1, createdMs: 5, sealed }];
  const keys = await openKeys(store);
  assert.equal(bytesOf(keys, 1), masterKey.toString("hex"));
  await keys.rotate();
  assert.deepEqual(
    (await keys.list()).map(({ isErasable }) => isErasable),
    [false, true],
  );
  assert.deepEqual(await keys.destroyUpTo(1), [1]);
  assert.equal((await openKeys(store)).find(1), null);
});
