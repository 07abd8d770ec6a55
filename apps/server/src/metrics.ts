import {
  AggregatorRegistry,
  Counter,
  Gauge,
  Histogram,
  type MetricObjectWithValues,
  type MetricValue,
  Registry,
} from "prom-client";

/** What one request turned out to be. */
export interface RequestMeasure {
  readonly operation: string;
  readonly status: number;
  readonly seconds: number;
}

export type MetricsReport = MetricObjectWithValues<MetricValue<string>>[];

const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60];

/** The counters of one process. No label ever holds a name a client chose. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #requests: Counter<"operation" | "status">;
  readonly #seconds: Histogram<"operation">;
  readonly #received: Counter;
  readonly #sent: Counter;
  readonly #integrityFailures: Counter;
  readonly #commits: Counter;
  readonly #conflicts: Counter;

  constructor() {
    const registers = [this.#registry];
    this.#requests = new Counter({
      name: "strongroom_requests_total",
      help: "Requests answered, by operation and HTTP status",
      labelNames: ["operation", "status"],
      registers,
    });
    this.#seconds = new Histogram({
      name: "strongroom_request_duration_seconds",
      help: "Time from the request's head to the end of its response",
      labelNames: ["operation"],
      buckets: SECONDS,
      registers,
    });
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
    this.#requests.inc({ operation: measure.operation, status: measure.status });
    this.#seconds.observe({ operation: measure.operation }, measure.seconds);
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

  countTraffic(receivedBytes: number, sentBytes: number): void {
    this.#received.inc(receivedBytes);
    this.#sent.inc(sentBytes);
  }

  report(): Promise<MetricsReport> {
    return this.#registry.getMetricsAsJSON();
  }
}

/** The sum over processes, in Prometheus's text format. */
export function printMetrics(reports: readonly MetricsReport[]): Promise<string> {
  return AggregatorRegistry.aggregate([...reports]).metrics();
}

export const METRICS_CONTENT_TYPE = Registry.PROMETHEUS_CONTENT_TYPE;
