import { flushCompileCache } from "node:module";
import { systemClock } from "@strongroom/base";
import { printSlotOpener } from "@strongroom/kms";
import { CALENDAR_DAY_MS, type Engine } from "@strongroom/store";
import { composeEngine, composeKeyService } from "./compose.ts";
import {
  createDigestSchedule,
  createEventDelivery,
  createInventoryJob,
  createKmsRewrapJob,
  createLifecycleJob,
  createRewrapJob,
  createTrailDelivery,
} from "./compose-jobs.ts";
import type { Config } from "./config.ts";
import { ensureRootAccount, firstStartNotice } from "./first-start.ts";
import {
  awaitFormerProcesses,
  type DataFolder,
  dataFolder,
  ownProcesses,
  prepareDataFolder,
  writeServerState,
} from "./folder/data-folder.ts";
import { lockFolder } from "./folder/folder-lock.ts";
import { joinReencryption } from "./jobs/compose-reencryption.ts";
import { createLog, type Logger } from "./log.ts";
import { Metrics, type MetricsReport, printMetrics } from "./metrics.ts";
import { KeyMaintenance } from "./processes/key-maintenance.ts";
import { KeyRotation } from "./processes/key-rotation.ts";
import { Lives } from "./processes/lives.ts";
import { ScheduledWork } from "./processes/scheduled-work.ts";
import { Serving } from "./processes/serving.ts";
import { Sweeper } from "./processes/sweeper.ts";
import { WorkerPool } from "./processes/worker-pool.ts";
import type { TlsIdentity } from "./tls/tls-options.ts";
import { TlsSource } from "./tls/tls-source.ts";
import { openVault, type Vault } from "./vault.ts";
import { composeVerification } from "./verify/compose-verify.ts";
import { Rate } from "./verify/rate.ts";
import { Scrub } from "./verify/scrub.ts";
import { ScrubMetrics } from "./verify/scrub-metrics.ts";

/** Either this process, or the workers it started. */
interface Front {
  readonly port: number;
  replaceTls(identity: TlsIdentity): void;
  drain(): Promise<void>;
}

export interface ServerOutput {
  /** Standard output: `ready https://HOST:PORT`, one line. */
  readonly ready: (line: string) => void;
  /** Standard error: for people. */
  readonly notice: (text: string) => void;
}

/** Runs the server until SIGTERM or SIGINT, drains it, and resolves. Rejects with `ServiceError` when it cannot start. */
export async function runServer(config: Config, output: ServerOutput): Promise<void> {
  const stopped = stopSignal();
  const log = createLog(config.logLevel);
  const folder = dataFolder(config.dataDir);
  prepareDataFolder(folder);
  const lock = await lockFolder(folder.path);
  await awaitFormerProcesses(folder);

  const vault = await openVault(config, { create: true });
  await ensureRootAccount(vault, config);
  await vault.masterKeys.eraseDestroyed();
  const tlsSource = new TlsSource({
    config,
    folder,
    records: vault.records,
    sealingKey: vault.secretSealingKey,
    clock: systemClock,
    log,
  });
  const tls = await tlsSource.load();
  if (vault.isNew) output.notice(firstStartNotice(config, folder));

  const metrics = new Metrics();
  const lives = new Lives();
  const { isLive } = lives;
  const engine = composeEngine({ config, vault, log, metrics, incarnation: lives.begin(), isLive });
  const sweeper = new Sweeper(engine, log);
  const keyMaintenance = new KeyMaintenance(composeKeyService({ config, vault }), log);
  const keyRotation = new KeyRotation({
    job: createRewrapJob(vault),
    kmsJob: createKmsRewrapJob({ config, vault }),
    masterKeys: vault.masterKeys,
    days: config.masterKeyDays,
    nowMs: () => systemClock.nowMs(),
    log,
  });
  const lifecycle = scheduleLifecycle({ config, vault, log, metrics }, engine);
  const inventories = scheduleInventories({ config, vault, log }, engine);
  const jobs = scheduleJobs({ config, vault, log, metrics }, engine);
  const scrubMetrics = new ScrubMetrics();
  const scrub = startScrub({ config, vault, log, scrubMetrics });
  const delivery = createTrailDelivery({ config, vault, engine, log });
  const digests = await createDigestSchedule({ config, vault, log });
  const events = createEventDelivery({ config, vault, log });
  void events.forgetUnknown();
  const state = new StateFile(folder, config, log);
  const jobsReports = async () => [
    await metrics.jobsReport(),
    await scrubMetrics.report(),
    await events.report(),
  ];
  const front =
    config.workers === 1
      ? await serveHere({ config, vault, tls, log, metrics, lives, jobsReports })
      : await serveWithWorkers({ config, tls, log, state, sweeper, lives, jobsReports });

  state.publish(endpointOf(config, front.port));
  tlsSource.watch((identity) => front.replaceTls(identity));
  output.ready(`ready ${endpointOf(config, front.port)}`);
  log.info({ workers: config.workers, port: front.port }, "ready");
  keyRotation.look();
  lifecycle.look();
  inventories.look();
  jobs.work.look();
  delivery?.look();
  scrub?.job.look();

  await stopped;
  log.info("draining");
  tlsSource.stop();
  await front.drain();
  await sweeper.stop();
  await scrub?.stop();
  await events.stop();
  await keyRotation.stop();
  await lifecycle.stop();
  await inventories.stop();
  await jobs.stop();
  await keyMaintenance.stop();
  await digests.stop();
  await delivery?.stop();
  await vault.close();
  state.workers([]);
  lock.release();
  log.info("stopped");
}

const MINUTE_MS = 60_000;

function scheduleLifecycle(
  input: { config: Config; vault: Vault; log: Logger; metrics: Metrics },
  engine: Engine,
): ScheduledWork {
  const { config, log } = input;
  const { lifecycleDayMs } = config;
  if (lifecycleDayMs !== CALENDAR_DAY_MS) {
    log.warn({ lifecycleDayMs }, "days of lifecycle rules are shorter than days: objects end early");
  }
  const job = createLifecycleJob(input, engine);
  return new ScheduledWork({
    everyMs: Math.min(MINUTE_MS, Math.max(500, lifecycleDayMs / 10)),
    work: (isStopped) => job.work(isStopped),
    log,
    failure: "lifecycle rules were not carried out; they are tried again",
  });
}

function scheduleInventories(
  input: { config: Config; vault: Vault; log: Logger },
  engine: Engine,
): ScheduledWork {
  const job = createInventoryJob(input, engine);
  return new ScheduledWork({
    everyMs: Math.min(MINUTE_MS, Math.max(500, input.config.lifecycleDayMs / 10)),
    work: (isStopped) => job.work(isStopped),
    log: input.log,
    failure: "inventories were not made; it is tried again",
  });
}

/** How long a job that a command asked for may wait. */
const JOBS_LOOK_MS = 1_000;

function scheduleJobs(
  input: { config: Config; vault: Vault; log: Logger; metrics: Metrics },
  engine: Engine,
): { readonly work: ScheduledWork; stop(): Promise<void> } {
  const { runner, close } = joinReencryption(input, engine);
  const work = new ScheduledWork({
    everyMs: JOBS_LOOK_MS,
    work: (isStopped) => runner.work(isStopped),
    log: input.log,
    failure: "jobs were not looked at; it is tried again",
  });
  const stop = async (): Promise<void> => {
    await work.stop();
    await close();
  };
  return { work, stop };
}

/** null: it is turned off. */
function startScrub(input: {
  readonly config: Config;
  readonly vault: Vault;
  readonly log: Logger;
  readonly scrubMetrics: ScrubMetrics;
}): { readonly job: Scrub; stop(): Promise<void> } | null {
  const { config, vault, log, scrubMetrics } = input;
  if (config.scrubBytesPerSecond === 0) return null;
  const verification = composeVerification(config, vault);
  const job = new Scrub({
    passOf: (pace) => verification.passOf({ bucket: null, pace }),
    rate: new Rate(config.scrubBytesPerSecond),
    records: vault.records,
    clock: systemClock,
    days: config.scrubDays,
    log,
    metrics: scrubMetrics,
  });
  const stop = async (): Promise<void> => {
    await job.stop();
    await verification.close();
  };
  return { job, stop };
}

async function serveHere(options: {
  readonly config: Config;
  readonly vault: Vault;
  readonly tls: TlsIdentity;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly lives: Lives;
  readonly jobsReports: () => Promise<readonly MetricsReport[]>;
}): Promise<Front> {
  const { metrics, lives, jobsReports } = options;
  return Serving.start({
    ...options,
    incarnation: lives.begin(),
    isLive: lives.isLive,
    printMetrics: async () => printMetrics([await metrics.report(), ...(await jobsReports())]),
  });
}

async function serveWithWorkers(options: {
  readonly config: Config;
  readonly tls: TlsIdentity;
  readonly log: Logger;
  readonly state: StateFile;
  readonly sweeper: Sweeper;
  readonly lives: Lives;
  readonly jobsReports: () => Promise<readonly MetricsReport[]>;
}): Promise<Front> {
  const { config, tls, log, state, sweeper, lives, jobsReports } = options;
  const pool = new WorkerPool({
    config,
    tls,
    log,
    lives,
    onChange: (pids) => state.workers(pids),
    onDeath: () => sweeper.request(),
    jobsReports,
  });
  try {
    // What this process compiled, its workers need not: at the first start that spares each of them 15 MiB.
    flushCompileCache();
    const port = await pool.start();
    return { port, replaceTls: (identity) => pool.replaceTls(identity), drain: () => pool.drain() };
  } catch (error) {
    await pool.drain();
    throw error;
  }
}

/** What commands beside the server read, kept true while workers come and go. */
class StateFile {
  readonly #folder: DataFolder;
  readonly #rootKeyFile: string;
  readonly #unsealWith: string | null;
  readonly #log: Logger;
  #endpoint: string;
  #workers: readonly number[] = [];

  constructor(folder: DataFolder, config: Config, log: Logger) {
    this.#folder = folder;
    this.#log = log;
    this.#rootKeyFile = config.rootKeyFile;
    this.#unsealWith = config.unsealWith === null ? null : printSlotOpener(config.unsealWith);
    this.#endpoint = endpointOf(config, config.listen.port);
    this.#write();
  }

  publish(endpoint: string): void {
    this.#endpoint = endpoint;
    this.#write();
  }

  /** Also while the disk is full: a server goes on, and ends, without it. */
  workers(pids: readonly number[]): void {
    this.#workers = pids;
    try {
      this.#write();
    } catch (error) {
      this.#log.warn(
        { err: error },
        "the state file could not be written; commands may not find all processes",
      );
    }
  }

  #write(): void {
    writeServerState(this.#folder, {
      rootKeyFile: this.#rootKeyFile,
      unsealWith: this.#unsealWith,
      endpoint: this.#endpoint,
      processes: ownProcesses(this.#workers),
    });
  }
}

/** An address clients on this machine can use: the wildcard address is none. */
function endpointOf(config: Config, port: number): string {
  const { host } = config.listen;
  const name = host === "0.0.0.0" || host === "::" ? "localhost" : host.includes(":") ? `[${host}]` : host;
  return `https://${name}:${port}`;
}

/** Resolves at the first SIGTERM, SIGINT or SIGHUP; later ones change nothing. */
function stopSignal(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => resolve());
  return promise;
}
