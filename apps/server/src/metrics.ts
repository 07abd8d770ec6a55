import { AggregatorRegistry, Counter, Gauge, Registry } from "prom-client";
import { type ReportedMetric, type RequestMeasure, RequestTally } from "./request-tally.ts";

export type MetricsReport = ReportedMetric[];

/** The counters of one process. No label ever holds a name a client chose. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #requests = new RequestTally();
  readonly #received: Counter;
  readonly #sent: Counter;
  readonly #integrityFailures: Counter;
  readonly #commits: Counter;
  readonly #conflicts: Counter;
  readonly #accessLogs: Counter;
  readonly #jobs = new Registry();
  readonly #lifecycle: Counter;
  readonly #jobVersions: Counter;

  constructor() {
    const registers = [this.#registry];
    this.#received = new Counter({
      name: "strongroom_received_bytes_total",
      help: "Bytes of requests, heads included",
      registers,
    });
    this.#sent = new Counter({
      name: "strongroom_sent_bytes_total",
      help: "Bytes of responses, heads included",
      registers,
    });
    this.#integrityFailures = new Counter({
      name: "strongroom_integrity_failures_total",
      help: "Stored data or records that failed authentication",
      registers,
    });
    this.#commits = new Counter({
      name: "strongroom_index_commits_total",
      help: "Durable commits to the index",
      registers,
    });
    this.#conflicts = new Counter({
      name: "strongroom_index_conflicts_total",
      help: "Commits that another writer got in before, and that were tried again",
      registers,
    });
    this.#accessLogs = new Counter({
      name: "strongroom_access_log_records_total",
      help: "Records of buckets' access logs that were delivered, and that were lost",
      labelNames: ["outcome"],
      registers,
    });
    this.#lifecycle = new Counter({
      name: "strongroom_lifecycle_total",
      help: "What lifecycle rules looked at, removed, and left because of a lock",
      labelNames: ["outcome"],
      registers: [this.#jobs],
    });
    this.#jobVersions = new Counter({
      name: "strongroom_job_versions_total",
      help: "Versions that jobs put under another key, skipped, and failed to change",
      labelNames: ["outcome"],
      registers: [this.#jobs],
    });
    new Gauge({
      name: "strongroom_processes",
      help: "Processes that answer requests",
      registers,
      collect() {
        this.set(1);
      },
    });
    new Gauge({
      name: "strongroom_resident_memory_bytes",
      help: "Resident memory of the processes that answer requests",
      registers,
      collect() {
        this.set(process.memoryUsage.rss());
      },
    });
  }

  countRequest(measure: RequestMeasure): void {
    this.#requests.count(measure);
  }

  countIntegrityFailure(): void {
    this.#integrityFailures.inc();
  }

  countCommit(): void {
    this.#commits.inc();
  }

  countConflict(): void {
    this.#conflicts.inc();
  }

  countAccessLog(outcome: "delivered" | "dropped", records: number): void {
    this.#accessLogs.inc({ outcome }, records);
  }

  countLifecycle(outcome: string, count: number): void {
    this.#lifecycle.inc({ outcome }, count);
  }

  countJobVersions(outcome: "changed" | "skipped" | "failed", count: number): void {
    this.#jobVersions.inc({ outcome }, count);
  }

  countTraffic(receivedBytes: number, sentBytes: number): void {
    this.#received.inc(receivedBytes);
    this.#sent.inc(sentBytes);
  }

  async report(): Promise<MetricsReport> {
    return [...this.#requests.report(), ...(await this.#registry.getMetricsAsJSON())];
  }

  /** Of what the primary process does beside all requests. */
  jobsReport(): Promise<MetricsReport> {
    return this.#jobs.getMetricsAsJSON();
  }
}

/** The sum over processes, in Prometheus's text format. */
export function printMetrics(reports: readonly MetricsReport[]): Promise<string> {
  return AggregatorRegistry.aggregate([...reports]).metrics();
}

export const METRICS_CONTENT_TYPE = Registry.PROMETHEUS_CONTENT_TYPE;
