// What a data key costs the store's own data path, over an index on disk: `node tools/run.mjs bench/key-service.bench.ts`.
// Counts processor time, so that neighbours on the machine matter less. Ends with 1 when either takes 60 µs or more.
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ManualClock } from "@strongroom/base";
import { type AuthorizationRequest, evaluate, principalContext, type ResourcePolicy } from "@strongroom/iam";
import { KeyService, type KmsCaller, MemoryErasableSecrets } from "@strongroom/kms";
import { openVault } from "@strongroom/server";

const BUDGET_US = 60;
const ROUNDS = 7;
const RUNS = 5000;
const ACCOUNT = "111122223333";
const REGION = "us-east-1";

const principal = {
  kind: "root",
  accountId: ACCOUNT,
  arn: `arn:aws:iam::${ACCOUNT}:root`,
  userId: ACCOUNT,
} as const;
const caller: KmsCaller = {
  principal,
  accountId: ACCOUNT,
  region: REGION,
  context: principalContext(principal),
  viaService: `s3.${REGION}.amazonaws.com`,
  sessionPolicies: null,
};

const cpuUs = (): number => {
  const { user, system } = process.cpuUsage();
  return user + system;
};

async function measure(one: () => Promise<void>): Promise<number> {
  const rounds: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = cpuUs();
    for (let i = 0; i < RUNS; i += 1) await one();
    rounds.push((cpuUs() - before) / RUNS);
  }
  return rounds.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)] ?? Number.NaN;
}

const folder = mkdtempSync(join(tmpdir(), "key-service-bench-"));
const dataDir = join(folder, "data");
mkdirSync(dataDir, { mode: 0o700 });
const vault = await openVault({ dataDir, rootKeyFile: join(folder, "root.key") }, { create: true });
const service = new KeyService({
  records: vault.records,
  secrets: new MemoryErasableSecrets(),
  sealingKey: vault.keyServiceKey,
  authorizer: {
    decide: (request: AuthorizationRequest, resource: ResourcePolicy | null) =>
      evaluate(request, { identity: [], boundary: null, session: null }, resource),
  },
  clock: new ManualClock(Date.now()),
  principals: { findPrincipal: async () => ({ uniqueId: null }) },
  regions: [REGION],
});
try {
  const made = await service.execute("CreateKey", {}, caller);
  const keyId = String(Reflect.get(Object(made?.["KeyMetadata"]), "Arn"));
  const encryptionContext = { "aws:s3:arn": "arn:aws:s3:::bucket/a/key/of/some/length.txt" };
  const { ciphertextBlob } = await service.generateDataKey({ caller, keyId, encryptionContext });
  const generateUs = await measure(async () => {
    (await service.generateDataKey({ caller, keyId, encryptionContext })).plaintext.wipe();
  });
  const decryptUs = await measure(async () => {
    (await service.decrypt({ caller, keyId: null, ciphertextBlob, encryptionContext })).plaintext.wipe();
  });
  console.log(
    `GenerateDataKey ${generateUs.toFixed(1)} µs, Decrypt ${decryptUs.toFixed(1)} µs of processor time each`,
  );
  if (generateUs >= BUDGET_US || decryptUs >= BUDGET_US) process.exitCode = 1;
} finally {
  await vault.close();
  rmSync(folder, { recursive: true });
}
