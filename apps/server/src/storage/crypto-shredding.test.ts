import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { ManualClock } from "@strongroom/base";
import { Authorization, principalContext } from "@strongroom/iam";
import { KeyService, type KmsCaller } from "@strongroom/kms";
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

test("[kms.md §0.9] a deleted key is gone for whoever holds every file, old copies of the index and the root key", async () => {
  const dataDir = join(place, "data");
  const keysDir = dataFolder(dataDir).keysDir;
  prepareDataFolder(dataFolder(dataDir));
  const clock = new ManualClock(Date.UTC(2026, 10, 25));
  const vault = await openVault({ dataDir, rootKeyFile }, { create: true });
  const service = serviceOver(vault, dataDir, clock);
  const made = await service.execute("CreateKey", {}, caller);
  const KeyId: unknown = Reflect.get(Object(made?.["KeyMetadata"]), "Arn");
  const encryptionContext = { of: "shredding" };
  const dataKey = await service.generateDataKey({ caller, keyId: String(KeyId), encryptionContext });
  await service.execute("ScheduleKeyDeletion", { KeyId, PendingWindowInDays: 7 }, caller);

  const secrets = filesBelow(keysDir).map((path) => readFileSync(path));
  assert.equal(secrets.length, 1);
  const oldIndex = join(place, "old-index");
  cpSync(join(dataDir, "index"), oldIndex, { recursive: true });

  clock.advance(7 * DAY_MS);
  const report = await service.maintain((_, error) => assert.fail(String(error)));
  assert.equal(report.deletedKeys, 1);
  await vault.close();

  const files = [...filesBelow(dataDir), rootKeyFile];
  assert.ok(files.length >= 3);
  for (const path of files) {
    const bytes = readFileSync(path);
    for (const secret of secrets) assert.ok(!bytes.includes(secret), `${path} still holds the erased half`);
  }
  assert.deepEqual(filesBelow(keysDir), []);

  // The index of before, which still has the sealed material, in a folder that is otherwise as it is now.
  const stolen = join(place, "stolen");
  cpSync(dataDir, stolen, { recursive: true });
  rmSync(join(stolen, "index"), { recursive: true });
  cpSync(oldIndex, join(stolen, "index"), { recursive: true });
  mkdirSync(join(stolen, "keys"), { recursive: true });
  const thief = await openVault({ dataDir: stolen, rootKeyFile }, { create: false });
  try {
    const opened = serviceOver(thief, stolen, new ManualClock(Date.UTC(2026, 10, 25)));
    await opened.execute("CancelKeyDeletion", { KeyId }, caller);
    await opened.execute("EnableKey", { KeyId }, caller);
    const request = { caller, keyId: null, ciphertextBlob: dataKey.ciphertextBlob, encryptionContext };
    await assert.rejects(opened.decrypt(request), { code: "KeyUnavailableException" });
  } finally {
    await thief.close();
  }
});
