import { TrailWriter } from "@strongroom/audit";
import { systemClock } from "@strongroom/base";
import { MasterKeyring } from "@strongroom/envelope";
import { createObjectStore, type Engine, EventOutbox } from "@strongroom/store";
import { auditFolder, createDigestMaker } from "./audit/audit-folder.ts";
import { AuditLog } from "./audit/audit-log.ts";
import { NotedAuthorization } from "./audit/audit-scope.ts";
import { findDelivery } from "./audit/delivery-record.ts";
import { DigestSchedule } from "./audit/digest-schedule.ts";
import { auditedKeyService } from "./audit/kms-events.ts";
import { recordLifecycle } from "./audit/lifecycle-events.ts";
import { TrailDelivery } from "./audit/trail-delivery.ts";
import { type ComposeInput, composeKeyService } from "./compose.ts";
import { EventDelivery } from "./events/event-delivery.ts";
import { createWebhookCall } from "./events/webhook-call.ts";
import { InventoryJob } from "./processes/inventory-job.ts";
import { KmsRewrapJob } from "./processes/kms-rewrap-job.ts";
import { LifecycleJob } from "./processes/lifecycle-job.ts";
import { RewrapJob } from "./processes/rewrap-job.ts";
import { rewrappingKeys } from "./storage/rewrapping-keys.ts";
import type { Vault } from "./vault.ts";

/** What delivers events, over the vault's index. */
export function createEventDelivery({
  config,
  vault,
  log,
}: Pick<ComposeInput, "config" | "vault" | "log">): EventDelivery {
  return new EventDelivery({
    outbox: new EventOutbox(vault.index),
    webhooks: config.webhooks,
    call: createWebhookCall(config.webhookCaFile),
    region: config.region,
    clock: systemClock,
    log,
  });
}

/** The job that wraps data keys under the newest master key, over the vault's records. */
export function createRewrapJob({ index, masterKeys, records, auditKeys }: Vault): RewrapJob {
  const keyring = new MasterKeyring(masterKeys);
  const engine = { index };
  return new RewrapJob({ engine, keyring, masterKeys, records, signing: auditKeys, clock: systemClock });
}

/** The job that moves what hangs on a key of the key service, in the name of the account that owns it. */
export function createKmsRewrapJob({ config, vault }: Pick<ComposeInput, "config" | "vault">): KmsRewrapJob {
  const { index, records, auditKeys, identities } = vault;
  const clock = systemClock;
  const keyService = composeKeyService({ config, vault }, new NotedAuthorization(identities));
  const writer = new TrailWriter({ folder: auditFolder(config.dataDir), keys: auditKeys, clock });
  const audited = auditedKeyService(keyService, new AuditLog(writer, clock));
  const keys = rewrappingKeys({ keyService, audited, region: config.region });
  return new KmsRewrapJob({ engine: { index, clock }, keys, records, signing: auditKeys, clock });
}

/** The job that ends what lifecycle rules end, over the engine of the primary process: what it removes it need not open. */
export function createLifecycleJob(
  { config, vault, log, metrics }: Pick<ComposeInput, "config" | "vault" | "log" | "metrics">,
  engine: Engine,
): LifecycleJob {
  const clock = systemClock;
  const trail = { folder: auditFolder(config.dataDir), keys: vault.auditKeys };
  const audit = new AuditLog(new TrailWriter({ ...trail, clock }), clock);
  return new LifecycleJob({
    store: createObjectStore(engine),
    records: vault.records,
    clock,
    dayMs: config.lifecycleDayMs,
    ready: async () => void (await audit.ready()),
    report: async (bucket, counts) => {
      for (const [outcome, count] of Object.entries(counts)) metrics.countLifecycle(outcome, count);
      const owner = await vault.accounts.findAccountByCanonicalUserId(bucket.ownerId);
      await recordLifecycle(audit, {
        bucket,
        accountId: owner?.accountId ?? "",
        region: config.region,
        counts,
      });
      log.debug({ ...counts }, "lifecycle rules worked on");
    },
    failed: (error) => log.error({ err: error }, "lifecycle rules of a bucket failed; they are tried again"),
  });
}

/** The job that makes inventories; what it writes is sealed under master keys. */
export function createInventoryJob(
  { config, vault, log }: Pick<ComposeInput, "config" | "vault" | "log">,
  engine: Engine,
): InventoryJob {
  return new InventoryJob({
    store: createObjectStore(engine),
    records: vault.records,
    clock: systemClock,
    dayMs: config.lifecycleDayMs,
    delivered: (rows) => log.info({ rows }, "an inventory was delivered"),
    failed: (error) => log.error({ err: error }, "an inventory was not made; it is tried again"),
  });
}

/** Signs digests of the trail; with a bucket to deliver to more often, and nothing is removed that is not there. */
export async function createDigestSchedule(
  input: Pick<ComposeInput, "config" | "vault" | "log">,
): Promise<DigestSchedule> {
  const { config, vault, log } = input;
  const { dataDir, auditDays, auditBucket, auditDeliveryMs } = config;
  if (auditBucket === null)
    return new DigestSchedule(await createDigestMaker(vault, dataDir, auditDays), log);
  const deliveredTo = async (): Promise<number> => (await findDelivery(vault.records))?.record.digest ?? 0;
  const maker = await createDigestMaker(vault, dataDir, auditDays, deliveredTo);
  return new DigestSchedule(maker, log, auditDeliveryMs);
}

/** null: the trail is delivered nowhere. */
export function createTrailDelivery(
  input: Pick<ComposeInput, "config" | "vault" | "log"> & { readonly engine: Engine },
): TrailDelivery | null {
  const { config, vault, log, engine } = input;
  const { auditBucket: target, dataDir, region } = config;
  if (target === null) return null;
  return new TrailDelivery({
    target,
    folder: auditFolder(dataDir),
    keys: vault.auditKeys,
    region,
    records: vault.records,
    store: createObjectStore(engine),
    listAccounts: () => vault.accounts.listAccounts(),
    nowMs: () => systemClock.nowMs(),
    log,
  });
}
