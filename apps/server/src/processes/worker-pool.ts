import cluster, { type Worker } from "node:cluster";
import { fileURLToPath } from "node:url";
import type { Config } from "../config.ts";
import type { Logger } from "../log.ts";
import { type MetricsReport, printMetrics } from "../metrics.ts";
import { ServerError } from "../server-error.ts";
import type { TlsIdentity } from "../tls/tls-options.ts";
import type { Lives } from "./lives.ts";
import { isMessage, type ToPrimary, type ToWorker } from "./messages.ts";
// Never called here: see worker-main.mjs.
import "./worker.ts";

export interface WorkerPoolOptions {
  readonly config: Config;
  readonly tls: TlsIdentity;
  readonly log: Logger;
  readonly lives: Lives;
  /** Called after each start and end of a worker with the numbers of those alive. */
  readonly onChange: (pids: readonly number[]) => void;
  /** A worker ended while it should not have: what it was writing can be swept. */
  readonly onDeath: () => void;
  /** Metrics of the primary process's own work. */
  readonly jobsReports: () => Promise<readonly MetricsReport[]>;
}

/** MiB in which what a request leaves behind dies: more than a process needs that answers none. */
const YOUNG_ROOM = "--max-semi-space-size=8";
const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 10_000;
/** A worker that lived this long did not die of its start. */
const HEALTHY_AFTER_MS = 30_000;
const REPORT_TIMEOUT_MS = 2_000;

/** The processes that answer requests; one that dies is replaced, ever more slowly when it keeps dying. */
export class WorkerPool {
  readonly #options: WorkerPoolOptions;
  readonly #reports = new Map<number, (worker: Worker, report: MetricsReport) => void>();
  readonly #listening = Promise.withResolvers<number>();
  #tls: TlsIdentity;
  #waitingFor: number;
  #delayMs = FIRST_DELAY_MS;
  #isReady = false;
  #stopping = false;
  /** Whoever is started now would do harm. */
  #isGivenUp = false;
  #nextReport = 0;

  constructor(options: WorkerPoolOptions) {
    this.#options = options;
    this.#tls = options.tls;
    this.#waitingFor = options.config.workers;
  }

  /** Resolves with the port once every worker accepts connections. Throws WorkersFailing. */
  start(): Promise<number> {
    cluster.setupPrimary({
      exec: fileURLToPath(new URL("./worker-main.mjs", import.meta.url)),
      args: [],
      execArgv: [...process.execArgv, YOUNG_ROOM],
      serialization: "advanced",
    });
    for (let count = 0; count < this.#options.config.workers; count++) this.#fork();
    return this.#listening.promise;
  }

  replaceTls(identity: TlsIdentity): void {
    this.#tls = identity;
    this.#broadcast({ type: "tls", tls: identity });
  }

  /** Resolves when all workers have ended. */
  async drain(): Promise<void> {
    this.#stopping = true;
    const ended = Promise.withResolvers<void>();
    const check = (): void => {
      if (workers().length === 0) ended.resolve();
    };
    cluster.on("exit", check);
    this.#broadcast({ type: "drain" });
    check();
    // The workers cut their connections themselves; one that does not end is ended.
    const timer = setTimeout(() => {
      for (const worker of workers()) worker.process.kill("SIGKILL");
    }, this.#options.config.drainMs + 5_000);
    await ended.promise;
    clearTimeout(timer);
  }

  #fork(): void {
    const startedMs = performance.now();
    const worker = cluster.fork();
    const incarnation = this.#options.lives.begin();
    worker.on("message", (message: unknown) => {
      if (isMessage<ToPrimary>(message)) this.#receive(worker, incarnation, message);
    });
    worker.once("exit", (code, signal) => {
      this.#options.lives.end(incarnation);
      this.#onExit(worker, performance.now() - startedMs, code, signal);
    });
    this.#reportChange();
  }

  #receive(worker: Worker, incarnation: string, message: ToPrimary): void {
    switch (message.type) {
      case "hello": {
        // The root credentials stay here: workers find them sealed in the index.
        const config = { ...this.#options.config, rootCredentials: null };
        tell(worker, { type: "start", config, tls: this.#tls, incarnation });
        return;
      }
      case "listening":
        if (!this.#isReady && --this.#waitingFor === 0) {
          this.#isReady = true;
          this.#listening.resolve(message.port);
        }
        return;
      case "failed":
        if (this.#isReady) this.#tellFailed(message);
        else this.#listening.reject(new ServerError("WorkersFailing", "state", message.message));
        return;
      case "metrics-report":
        this.#reports.get(message.id)?.(worker, message.report);
        return;
      case "print-metrics":
        void this.#printMetrics().then((text) => tell(worker, { type: "metrics", id: message.id, text }));
        return;
    }
  }

  #tellFailed({ message: reason, isFinal }: Extract<ToPrimary, { type: "failed" }>): void {
    const { log } = this.#options;
    if (!isFinal) log.error({ reason }, "a worker could not start");
    else
      log.error(
        { reason },
        "a worker could not start, and no worker is started any more: put it right and restart",
      );
    this.#isGivenUp ||= isFinal;
  }

  #onExit(worker: Worker, livedMs: number, code: number, signal: string | null): void {
    this.#reportChange();
    if (this.#stopping) return;
    const { log } = this.#options;
    const isReplaced = !this.#isGivenUp;
    log.error(
      { worker: worker.process.pid, code, signal },
      isReplaced ? "a worker ended and is replaced" : "a worker ended and is not replaced",
    );
    if (!this.#isReady) {
      this.#listening.reject(new ServerError("WorkersFailing", "state", "a worker ended while it started"));
      return;
    }
    this.#options.onDeath();
    if (!isReplaced) return;
    if (livedMs > HEALTHY_AFTER_MS) this.#delayMs = FIRST_DELAY_MS;
    setTimeout(() => {
      if (!this.#stopping && !this.#isGivenUp) this.#fork();
    }, this.#delayMs);
    this.#delayMs = Math.min(this.#delayMs * 2, LONGEST_DELAY_MS);
  }

  /** Metrics summed over the workers that answer in time. */
  async #printMetrics(): Promise<string> {
    const id = ++this.#nextReport;
    const asked = workers().filter((worker) => worker.isConnected());
    const reports: MetricsReport[] = [];
    const own = await this.#options.jobsReports();
    const done = Promise.withResolvers<void>();
    const timer = setTimeout(done.resolve, REPORT_TIMEOUT_MS);
    this.#reports.set(id, (_worker, report) => {
      reports.push(report);
      if (reports.length === asked.length) done.resolve();
    });
    for (const worker of asked) tell(worker, { type: "report-metrics", id });
    await done.promise;
    clearTimeout(timer);
    this.#reports.delete(id);
    return printMetrics([...reports, ...own]);
  }

  #broadcast(message: ToWorker): void {
    for (const worker of workers()) tell(worker, message);
  }

  #reportChange(): void {
    this.#options.onChange(
      workers().flatMap((worker) => (worker.process.pid === undefined ? [] : [worker.process.pid])),
    );
  }
}

function workers(): readonly Worker[] {
  return Object.values(cluster.workers ?? {}).filter(
    (worker) => worker !== undefined && !worker.isDead(),
  ) as Worker[];
}

/** A worker that just died does not hear it; its exit is handled where it is seen. */
function tell(worker: Worker, message: ToWorker): void {
  if (worker.isConnected()) worker.send(message, () => {});
}
