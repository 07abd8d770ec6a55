import { TrailWriter } from "@strongroom/audit";
import { systemClock } from "@strongroom/base";
import { MasterKeyring } from "@strongroom/envelope";
import type { KeyService } from "@strongroom/kms";
import { createObjectStore, Encryptor, type Engine } from "@strongroom/store";
import { auditFolder } from "../audit/audit-folder.ts";
import { AuditLog } from "../audit/audit-log.ts";
import { NotedAuthorization } from "../audit/audit-scope.ts";
import { type AuditedKeyService, auditedKeyService } from "../audit/kms-events.ts";
import { type ComposeInput, composeEngine, composeKeyService } from "../compose.ts";
import { createLog, type Logger } from "../log.ts";
import { Metrics } from "../metrics.ts";
import { JobDesk } from "./job-desk.ts";
import { recordJobCreated, recordJobStatus, recordJobStep } from "./job-events.ts";
import { JobRequester, jobKeyService } from "./job-key-service.ts";
import { sumOf } from "./job-progress.ts";
import type { Job } from "./job-record.ts";
import { JobRunner } from "./job-runner.ts";

type Place = Pick<ComposeInput, "config" | "vault">;

/** The desk where jobs are asked for, and who works on them. */
export interface Reencryption {
  readonly desk: JobDesk;
  readonly runner: JobRunner;
  close(): Promise<void>;
}

interface Parts {
  readonly keyService: KeyService;
  readonly audited: AuditedKeyService;
  readonly audit: AuditLog;
}

/** For a command beside the server, and for one without a server. */
export function composeReencryption(place: Place): Reencryption {
  const log = createLog("error");
  const metrics = new Metrics();
  const engine = composeEngine({ ...place, log, metrics, incarnation: "jobs", isLive: () => true });
  return joinReencryption({ ...place, log, metrics }, engine);
}

/** `engine` is the primary process's: jobs seal and open with keys that they ask for in the names of buckets' owners. */
export function joinReencryption(
  input: Pick<ComposeInput, "config" | "vault" | "log" | "metrics">,
  engine: Engine,
): Reencryption {
  const { config, vault } = input;
  const keyService = composeKeyService(input, new NotedAuthorization(vault.identities));
  const trail = { folder: auditFolder(config.dataDir), keys: vault.auditKeys, clock: systemClock };
  const writer = new TrailWriter(trail);
  const audit = new AuditLog(writer, systemClock);
  const parts = { keyService, audit, audited: auditedKeyService(keyService, audit) };
  return {
    desk: createDesk(input, engine, parts),
    runner: createRunner(input, engine, parts),
    close: () => writer.close(),
  };
}

function createDesk(
  { config, vault }: Place,
  engine: Engine,
  { keyService, audited, audit }: Parts,
): JobDesk {
  const { region } = config;
  return new JobDesk({
    store: createObjectStore(engine),
    records: vault.records,
    accounts: vault.accounts,
    keyService,
    audited,
    region,
    clock: systemClock,
    created: (job) => recordJobCreated(audit, region, job),
    changed: (job) => recordJobStatus(audit, region, job),
  });
}

function createRunner(
  { config, vault, log, metrics }: Pick<ComposeInput, "config" | "vault" | "log" | "metrics">,
  engine: Engine,
  { audited, audit }: Parts,
): JobRunner {
  const { region } = config;
  const { identities } = vault;
  const keys = jobKeyService({
    keyService: audited,
    region,
    generation: async () => `${await audited.generation()}/${await identities.generation.current()}`,
  });
  const masterKeyring = new MasterKeyring(vault.masterKeys);
  return new JobRunner({
    engine: { ...engine, encryptor: new Encryptor({ masterKeyring, keyService: keys, clock: systemClock }) },
    records: vault.records,
    clock: systemClock,
    keysOf: ({ id, accountId }) => ({ requester: new JobRequester(accountId, id), customerKey: null }),
    ready: async () => void (await audit.ready()),
    stepped: async (job, { changed, unchanged }) => {
      if (changed > 0) await recordJobStep(audit, region, job, changed);
      const failed = unchanged.filter(({ outcome }) => outcome === "failed").length;
      metrics.countJobVersions("changed", changed);
      metrics.countJobVersions("failed", failed);
      metrics.countJobVersions("skipped", unchanged.length - failed);
      for (const { code } of unchanged.filter(({ isDamaged }) => isDamaged)) {
        metrics.countIntegrityFailure();
        log.error({ job: job.id, code, event: "integrity" }, "stored data failed authentication");
      }
    },
    ended: async (job) => {
      await recordJobStatus(audit, region, job);
      tellEnd(log, job);
    },
    failed: (error, { id }) => log.error({ err: error, job: id }, "a job stopped; it is tried again"),
  });
}

function tellEnd(log: Logger, job: Job): void {
  const { id, state, done } = job;
  const told = { job: id, state, done, skipped: sumOf(job.skipped), failed: sumOf(job.failed) };
  if (told.failed === 0 && state === "complete") log.info(told, "a job is done");
  else log.warn(told, "a job is over, and not everything was changed");
}
