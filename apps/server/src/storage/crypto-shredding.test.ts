import assert from "node:assert/strict";
import { randomBytes, randomUUID } from "node:crypto";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { after, test } from "node:test";
import { ManualClock } from "@strongroom/base";
import { MasterKeyring } from "@strongroom/envelope";
import { Authorization, principalContext } from "@strongroom/iam";
import { KeyService, type KmsCaller } from "@strongroom/kms";
import {
  createObjectStore,
  DEFAULT_LIMITS,
  type EncryptionPlan,
  Encryptor,
  FileBlobStore,
  type KeyRequester,
  type ObjectStore,
} from "@strongroom/store";
import { dataFolder, prepareDataFolder } from "../folder/data-folder.ts";
import { openVault, type Vault } from "../vault.ts";
import { ErasableFiles } from "./erasable-files.ts";

const DAY_MS = 86_400_000;
const REGION = "us-east-1";
const place = mkdtempSync(join(tmpdir(), "shredding-"));
const rootKeyFile = join(place, "root.key");
after(() => rmSync(place, { recursive: true }));

const ACCOUNT = "111122223333";
const ARN = `arn:aws:iam::${ACCOUNT}:root`;
const principal = { kind: "root", accountId: ACCOUNT, arn: ARN, userId: ACCOUNT } as const;
const caller: KmsCaller = {
  principal,
  accountId: ACCOUNT,
  region: REGION,
  context: principalContext(principal),
  viaService: null,
  sessionPolicies: null,
};

const serviceOver = (vault: Vault, dataDir: string, clock: ManualClock): KeyService =>
  new KeyService({
    records: vault.records,
    secrets: new ErasableFiles(dataFolder(dataDir).keysDir),
    sealingKey: vault.keyServiceKey,
    authorizer: new Authorization(vault.identities),
    clock,
    principals: { findPrincipal: async () => ({ uniqueId: null }) },
    regions: [REGION],
  });

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** The engine over a folder, asking this key service in the name of the account. */
function storeOver(vault: Vault, dataDir: string, clock: ManualClock, service: KeyService): ObjectStore {
  const keyService = {
    generation: () => service.generation(),
    generateDataKey: async (request: { keyId: string; context: Record<string, string> }) => {
      const { keyId, context: encryptionContext } = request;
      const made = await service.generateDataKey({ caller, keyId, encryptionContext });
      return { keyArn: made.keyArn, plaintext: made.plaintext, wrappedKey: made.ciphertextBlob };
    },
    decrypt: async (request: { context: Record<string, string>; wrappedKey: Uint8Array }) => {
      const { context: encryptionContext, wrappedKey: ciphertextBlob } = request;
      const asked = { caller, keyId: null, encryptionContext, ciphertextBlob };
      return (await service.decrypt(asked)).plaintext;
    },
  };
  const masterKeyring = new MasterKeyring(vault.masterKeys);
  return createObjectStore({
    index: vault.index,
    blobs: new FileBlobStore({
      folder: dataFolder(dataDir).blobsDir,
      incarnation: randomUUID(),
      isLive: () => true,
    }),
    clock,
    limits: DEFAULT_LIMITS,
    encryptor: new Encryptor({ masterKeyring, keyService, clock }),
    later: (work) => void work(),
  });
}

const requester: KeyRequester = { name: "root" };
const keys = { requester, customerKey: null };
const plansOf = (keyId: string): readonly EncryptionPlan[] => [
  { scheme: "sse-kms", keyId, context: { of: "shredding" }, bucketKey: false },
  { scheme: "sse-kms", keyId, context: {}, bucketKey: true },
  { scheme: "dsse-kms", keyId, context: {} },
];

/** Under each scheme a body in the index and one in a file; by object key. */
async function putSecrets(store: ObjectStore, keyId: string): Promise<ReadonlyMap<string, Buffer>> {
  const secrets = new Map<string, Buffer>();
  await store.createBucket({ bucket: "vault", ownerId: ACCOUNT, region: REGION });
  for (const [at, plan] of plansOf(keyId).entries()) {
    for (const sizeBytes of [1_000, 200_000]) {
      const objectKey = `${at} ${sizeBytes}`;
      const bytes = randomBytes(sizeBytes);
      secrets.set(objectKey, bytes);
      await store.putObject({
        bucket: "vault",
        objectKey,
        ownerId: ACCOUNT,
        body: Readable.from([bytes]),
        integrity: {},
        conditions: {},
        plan,
        keys,
        headers: {},
        userMetadata: {},
        tags: {},
        storageClass: "STANDARD",
      });
    }
  }
  return secrets;
}

async function readSecret(store: ObjectStore, objectKey: string): Promise<Buffer> {
  const opened = await store.openObject({ bucket: "vault", objectKey, keys });
  return Buffer.concat(await Array.fromAsync(opened.read(0, opened.version.sizeBytes)));
}

/** What whoever holds these files and the root key reads: every object, or the codes of the refusals. */
async function steal(
  folder: string,
  KeyId: string,
  secrets: ReadonlyMap<string, Buffer>,
): Promise<readonly string[]> {
  const clock = new ManualClock(Date.UTC(2026, 10, 25));
  const vault = await openVault({ dataDir: folder, rootKeyFile }, { create: false });
  const ends: string[] = [];
  try {
    const service = serviceOver(vault, folder, clock);
    for (const operation of ["CancelKeyDeletion", "EnableKey"]) {
      await service.execute(operation, { KeyId }, caller).catch(() => null);
    }
    const store = storeOver(vault, folder, clock, service);
    for (const [objectKey, bytes] of secrets) {
      const end = await readSecret(store, objectKey).then(
        (found) => (found.equals(bytes) ? "read" : "other bytes"),
        (error: unknown) => String(Reflect.get(Object(error), "code")),
      );
      ends.push(end);
    }
  } finally {
    await vault.close();
  }
  return ends;
}

test("[kms.md §0.9] objects under a deleted key are gone for whoever holds every file, old copies of the index and the root key", async () => {
  const dataDir = join(place, "data");
  const { keysDir } = dataFolder(dataDir);
  prepareDataFolder(dataFolder(dataDir));
  const clock = new ManualClock(Date.UTC(2026, 10, 25));
  const vault = await openVault({ dataDir, rootKeyFile }, { create: true });
  const others = new Set(filesBelow(keysDir));
  const service = serviceOver(vault, dataDir, clock);
  const made = await service.execute("CreateKey", {}, caller);
  const KeyId = String(Reflect.get(Object(made?.["KeyMetadata"]), "Arn"));
  const store = storeOver(vault, dataDir, clock, service);
  const objects = await putSecrets(store, KeyId);
  for (const [objectKey, bytes] of objects) assert.deepEqual(await readSecret(store, objectKey), bytes);
  await service.execute("ScheduleKeyDeletion", { KeyId, PendingWindowInDays: 7 }, caller);

  const halves = filesBelow(keysDir).filter((path) => !others.has(path));
  assert.equal(halves.length, 1);
  const erased = halves.map((path) => readFileSync(path));
  const before = join(place, "before");
  cpSync(dataDir, before, { recursive: true });
  assert.deepEqual(
    new Set(await steal(before, KeyId, objects)),
    new Set(["read"]),
    "the way in is no way in",
  );
  cpSync(join(dataDir, "index"), join(place, "old-index"), { recursive: true });

  clock.advance(7 * DAY_MS);
  const report = await service.maintain((_, error) => assert.fail(String(error)));
  assert.equal(report.deletedKeys, 1);
  await vault.close();

  const files = [...filesBelow(dataDir), rootKeyFile];
  assert.ok(files.length >= 3);
  for (const path of files) {
    const bytes = readFileSync(path);
    for (const half of erased) assert.ok(!bytes.includes(half), `${path} still holds the erased half`);
    for (const plaintext of objects.values()) assert.ok(!bytes.includes(plaintext.subarray(0, 32)), path);
  }
  assert.deepEqual(new Set(filesBelow(keysDir)), others);

  // The folder as it is, and with the index of before, which still has the sealed material.
  const now = join(place, "now");
  cpSync(dataDir, now, { recursive: true });
  assert.deepEqual(new Set(await steal(now, KeyId, objects)), new Set(["AccessDeniedException"]));
  const stolen = join(place, "stolen");
  cpSync(dataDir, stolen, { recursive: true });
  rmSync(join(stolen, "index"), { recursive: true });
  cpSync(join(place, "old-index"), join(stolen, "index"), { recursive: true });
  const ends = await steal(stolen, KeyId, objects);
  assert.deepEqual(new Set(ends), new Set(["KeyUnavailableException"]));
  assert.equal(ends.length, 6);
});
