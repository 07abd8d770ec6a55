import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { ManualClock, SecretBytes } from "@strongroom/base";
import fc from "fast-check";
import { AccountStore } from "./account-store.ts";
import { IamError } from "./iam-error.ts";
import type { RecordChange, RecordCheck, RecordStore, StoredRecord } from "./record-store.ts";

class MemoryRecords implements RecordStore {
  readonly map = new Map<string, Buffer>();
  reads = 0;
  commits = 0;

  lastCommit(): number {
    return this.commits;
  }

  async get(key: Uint8Array): Promise<Uint8Array | null> {
    this.reads++;
    return this.map.get(Buffer.from(key).toString("hex")) ?? null;
  }

  async find(key: Uint8Array): Promise<StoredRecord | null> {
    const value = await this.get(key);
    return value === null ? null : { key, value, revision: Buffer.from(value).toString("hex") };
  }

  change(changes: readonly RecordChange[], absent: readonly Uint8Array[]): Promise<boolean> {
    return this.commit(
      changes,
      absent.map((key) => ({ key, revision: null })),
    );
  }

  async commit(changes: readonly RecordChange[], checks: readonly RecordCheck[]): Promise<boolean> {
    for (const { key, revision } of checks) {
      if ((this.map.get(Buffer.from(key).toString("hex"))?.toString("hex") ?? null) !== revision)
        return false;
    }
    this.commits++;
    for (const { key, value } of changes) {
      const name = Buffer.from(key).toString("hex");
      if (value === null) this.map.delete(name);
      else this.map.set(name, Buffer.from(value));
    }
    return true;
  }

  async list(prefix: Uint8Array): Promise<readonly Uint8Array[]> {
    return (await this.page(prefix, null, 1000)).map(({ value }) => value);
  }

  async page(prefix: Uint8Array, after: Uint8Array | null, limit: number): Promise<readonly StoredRecord[]> {
    const start = Buffer.from(prefix).toString("hex");
    const from = after === null ? "" : Buffer.from(after).toString("hex");
    return [...this.map]
      .filter(([key]) => key.startsWith(start) && key > from)
      .sort()
      .slice(0, limit)
      .map(([key, value]) => ({ key: Buffer.from(key, "hex"), value, revision: value.toString("hex") }));
  }
}

function newStore(records = new MemoryRecords(), sealing = randomBytes(32)) {
  const clock = new ManualClock(1_000_000);
  const sealingKey = new SecretBytes(Buffer.from(sealing)).toKeyObject();
  return { records, clock, sealing, accounts: new AccountStore({ records, sealingKey, clock }) };
}

const secretOf = (text: string): SecretBytes => new SecretBytes(Buffer.from(text, "latin1"));
const hasCode = (code: string) => (error: unknown) => error instanceof IamError && error.code === code;

test("a new account has ids of AWS's form and a key that is found again", async () => {
  const { accounts } = newStore();
  const { account, credential } = await accounts.createAccount("alice");
  assert.match(account.accountId, /^\d{12}$/);
  assert.match(account.canonicalUserId, /^[0-9a-f]{64}$/);
  assert.match(credential.accessKeyId, /^AKIA[A-Z2-7]{16}$/);
  assert.equal(credential.secretAccessKey.sizeBytes, 40);
  const found = await accounts.findCredential(credential.accessKeyId);
  assert.deepEqual(found?.account, account);
  assert.deepEqual(found?.secretAccessKey.expose(), credential.secretAccessKey.expose());
  assert.deepEqual(await accounts.findAccountByCanonicalUserId(account.canonicalUserId), account);
});

test("[L-116] a secret access key is in no record in the clear", async () => {
  const { accounts, records } = newStore();
  const { credential } = await accounts.createAccount("alice");
  const secret = credential.secretAccessKey.expose();
  for (const form of [secret, secret.toString("hex"), secret.toString("base64")]) {
    for (const value of records.map.values()) assert.equal(value.includes(form), false);
  }
});

test("[L-22] a sealed secret moved to another key or account does not open", async () => {
  const { accounts, records } = newStore();
  const alice = await accounts.createAccount("alice");
  const mallory = await accounts.createAccount("mallory");
  const keyOf = (id: string): string => Buffer.from(`iam/access-key/${id}`).toString("hex");
  const read = (id: string): Record<string, unknown> =>
    JSON.parse(String(records.map.get(keyOf(id)))) as Record<string, unknown>;
  const moved = { ...read(mallory.credential.accessKeyId), accountId: alice.account.accountId };
  records.map.set(keyOf(mallory.credential.accessKeyId), Buffer.from(JSON.stringify(moved)));
  await assert.rejects(accounts.findCredential(mallory.credential.accessKeyId), hasCode("Tampered"));
  records.map.set(
    keyOf(mallory.credential.accessKeyId),
    Buffer.from(JSON.stringify(read(alice.credential.accessKeyId))),
  );
  await assert.rejects(accounts.findCredential(mallory.credential.accessKeyId), hasCode("Tampered"));
});

test("under another sealing key no secret opens", async () => {
  const { accounts, records } = newStore();
  const { credential } = await accounts.createAccount("alice");
  await assert.rejects(
    newStore(records).accounts.findCredential(credential.accessKeyId),
    hasCode("Tampered"),
  );
});

test("an account name is given once", async () => {
  const { accounts } = newStore();
  await accounts.createAccount("alice");
  await assert.rejects(accounts.createAccount("alice"), hasCode("AccountExists"));
  for (const name of ["", "a b", "x".repeat(65), "../x", "-x", "é"]) {
    await assert.rejects(accounts.createAccount(name), hasCode("InvalidAccountName"), name);
  }
  assert.deepEqual(
    (await accounts.listAccounts()).map(({ name }) => name),
    ["alice"],
  );
});

test("[L-142] two processes starting at once end with one root account", async () => {
  const { records, sealing } = newStore();
  const starts = await Promise.all(
    Array.from({ length: 8 }, () => newStore(records, sealing).accounts.ensureRoot(null)),
  );
  assert.equal(new Set(starts.map(({ accessKeyId }) => accessKeyId)).size, 1);
  assert.equal(new Set(starts.map(({ account }) => account.accountId)).size, 1);
  assert.equal(starts.filter(({ made }) => made).length, 1);
});

test("chosen root credentials replace the made ones at once, and stay", async () => {
  const { accounts } = newStore();
  const first = await accounts.ensureRoot(null);
  await accounts.findCredential(first.accessKeyId);
  const chosen = { accessKeyId: "operator_key", secretAccessKey: secretOf("0123456789-abcdefghi") };
  const second = await accounts.ensureRoot(chosen);
  assert.deepEqual(second.account, first.account);
  assert.equal(await accounts.findCredential(first.accessKeyId), null);
  const third = await accounts.ensureRoot(null);
  assert.equal(third.accessKeyId, "operator_key");
  const root = await accounts.findRootCredential();
  assert.equal(root?.secretAccessKey.expose().toString("latin1"), "0123456789-abcdefghi");
  assert.equal(root?.account.isServerRoot, true);
});

test("a chosen root key id that belongs to another account is refused", async () => {
  const { accounts } = newStore();
  await accounts.ensureRoot(null);
  const { credential } = await accounts.createAccount("alice");
  const chosen = { accessKeyId: credential.accessKeyId, secretAccessKey: secretOf("0123456789-abcdefghi") };
  await assert.rejects(accounts.ensureRoot(chosen), hasCode("CredentialInUse"));
});

test("[L-139] a removed key stops working at once in every process, and nothing is read while nothing changes", async () => {
  const { accounts, records, sealing } = newStore();
  const other = newStore(records, sealing).accounts;
  const { credential } = await accounts.createAccount("alice");
  const isKnown = async (): Promise<boolean[]> => [
    (await accounts.findCredential(credential.accessKeyId)) !== null,
    (await other.findCredential(credential.accessKeyId)) !== null,
  ];
  assert.deepEqual(await isKnown(), [true, true]);
  const readsBefore = records.reads;
  assert.deepEqual(await isKnown(), [true, true]);
  assert.equal(records.reads, readsBefore, "cached while nothing is committed");
  await records.change([{ key: Buffer.from("bucket/x"), value: Buffer.from("1") }], []);
  assert.deepEqual(await isKnown(), [true, true]);
  assert.equal(records.reads, readsBefore + 2, "another commit costs one look at the generation");
  await records.change(
    [
      { key: Buffer.from(`iam/access-key/${credential.accessKeyId}`), value: null },
      { key: Buffer.from("iam/generation"), value: Buffer.from("2") },
    ],
    [],
  );
  assert.deepEqual(await isKnown(), [false, false]);
});

test("a root's credential says whose it is", async () => {
  const { accounts } = newStore();
  const { account, credential } = await accounts.createAccount("alice");
  const found = await accounts.findCredential(credential.accessKeyId);
  assert.deepEqual(found?.principal, {
    kind: "root",
    accountId: account.accountId,
    canonicalUserId: account.canonicalUserId,
    arn: `arn:aws:iam::${account.accountId}:root`,
    userId: account.accountId,
  });
});

test("whatever id a request names, the answer is a credential, null or an IamError", async () => {
  const { accounts } = newStore();
  await fc.assert(
    fc.asyncProperty(fc.string({ maxLength: 300 }), async (id) => {
      assert.equal(await accounts.findCredential(id), null);
    }),
  );
});
