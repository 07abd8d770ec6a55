// What the audit trail costs: GenerateDataKey in many concurrent requests, with the trail and without, in one run:
// `node tools/run.mjs bench/audit.bench.ts [FOLDER]`. The folder's disk is what is measured; default: the temporary folder.
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TrailWriter } from "@strongroom/audit";
import { systemClock } from "@strongroom/base";
import { type AuthorizationRequest, evaluate, principalContext, type ResourcePolicy } from "@strongroom/iam";
import { KeyService, type KmsCaller, MemoryErasableSecrets } from "@strongroom/kms";
import { AuditLog, auditedKeyService, openVault } from "@strongroom/server";

const ROUND_MS = 1000;
const ROUNDS = 5;
const CONCURRENCY = [1, 16, 256];
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
  viaService: null,
  sessionPolicies: null,
};

/** Calls per second with `concurrency` callers who each wait for their answer. */
async function measure(concurrency: number, call: () => Promise<unknown>): Promise<number> {
  const endMs = performance.now() + ROUND_MS;
  let calls = 0;
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      for (let own = 0; performance.now() < endMs; own += 1) {
        await call();
        calls += 1;
        // Without a trail nothing ever waits: the timers of others get their turn.
        if (own % 64 === 63) await new Promise((resolve) => setImmediate(resolve));
      }
    }),
  );
  return (calls / ROUND_MS) * 1000;
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

const folder = mkdtempSync(join(process.argv[2] ?? tmpdir(), "audit-bench-"));
const dataDir = join(folder, "data");
mkdirSync(dataDir, { mode: 0o700 });
const vault = await openVault({ dataDir, rootKeyFile: join(folder, "root.key") }, { create: true });
const bare = new KeyService({
  records: vault.records,
  secrets: new MemoryErasableSecrets(),
  sealingKey: vault.keyServiceKey,
  authorizer: {
    decide: (request: AuthorizationRequest, resource: ResourcePolicy | null) =>
      evaluate(request, { identity: [], boundary: null, session: null }, resource),
  },
  clock: systemClock,
  principals: { findPrincipal: async () => ({ uniqueId: null }) },
  regions: [REGION],
});
const writer = new TrailWriter({ folder: join(dataDir, "audit"), keys: vault.auditKeys, clock: systemClock });
const audited = auditedKeyService(bare, new AuditLog(writer, systemClock));
try {
  const made = await bare.execute("CreateKey", {}, caller);
  const KeyId = String(Reflect.get(Object(made?.["KeyMetadata"]), "Arn"));
  const input = { KeyId, KeySpec: "AES_256", EncryptionContext: { purpose: "bench" } };
  for (const concurrency of CONCURRENCY) {
    const off: number[] = [];
    const on: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      off.push(await measure(concurrency, () => bare.execute("GenerateDataKey", input, caller)));
      on.push(await measure(concurrency, () => audited.execute("GenerateDataKey", input, caller)));
    }
    const [without, within] = [median(off), median(on)];
    console.log(
      `${concurrency} at once: GenerateDataKey ${without.toFixed(0)}/s without the trail, ` +
        `${within.toFixed(0)}/s with it (${((within / without) * 100).toFixed(0)} %)`,
    );
  }
} finally {
  await writer.close();
  await vault.close();
  rmSync(folder, { recursive: true });
}
