import type { MetricValue } from "prom-client";

/** What one request turned out to be. */
export interface RequestMeasure {
  readonly operation: string;
  readonly status: number;
  readonly seconds: number;
}

/** Upper bounds of the duration's buckets, in seconds. */
const BOUNDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60];

interface OfOperation {
  readonly byStatus: Map<number, number>;
  /** Requests whose duration lies in each bucket; the last one has no bound. */
  readonly inBucket: number[];
  sumSeconds: number;
}

/** A metric as one process reports it to another: data alone. */
export interface ReportedMetric {
  readonly name: string;
  readonly help: string;
  readonly type: string | number;
  readonly aggregator: string;
  readonly values: readonly MetricValue<string>[];
}

/** Requests by operation, counted in plain numbers: every request comes by here, a report is asked for now and then. */
export class RequestTally {
  readonly #operations = new Map<string, OfOperation>();

  count({ operation, status, seconds }: RequestMeasure): void {
    let of = this.#operations.get(operation);
    if (of === undefined) {
      of = {
        byStatus: new Map(),
        inBucket: Array.from({ length: BOUNDS.length + 1 }, () => 0),
        sumSeconds: 0,
      };
      this.#operations.set(operation, of);
    }
    of.byStatus.set(status, (of.byStatus.get(status) ?? 0) + 1);
    let bucket = 0;
    while (bucket < BOUNDS.length && seconds > (BOUNDS[bucket] ?? 0)) bucket++;
    of.inBucket[bucket] = (of.inBucket[bucket] ?? 0) + 1;
    of.sumSeconds += seconds;
  }

  report(): readonly ReportedMetric[] {
    return [this.#reportRequests(), this.#reportSeconds()];
  }

  #reportRequests(): ReportedMetric {
    const values: MetricValue<string>[] = [];
    for (const [operation, { byStatus }] of this.#operations) {
      for (const [status, value] of byStatus) values.push({ value, labels: { operation, status } });
    }
    return {
      name: "strongroom_requests_total",
      help: "Requests answered, by operation and HTTP status",
      type: "counter",
      aggregator: "sum",
      values,
    };
  }

  #reportSeconds(): ReportedMetric {
    const name = "strongroom_request_duration_seconds";
    const values: (MetricValue<string> & { metricName: string })[] = [];
    for (const [operation, { inBucket, sumSeconds }] of this.#operations) {
      let reached = 0;
      for (const [bucket, count] of inBucket.entries()) {
        reached += count;
        const le = BOUNDS[bucket] ?? "+Inf";
        values.push({ metricName: `${name}_bucket`, value: reached, labels: { operation, le } });
      }
      values.push({ metricName: `${name}_sum`, value: sumSeconds, labels: { operation } });
      values.push({ metricName: `${name}_count`, value: reached, labels: { operation } });
    }
    return {
      name,
      help: "Time from the request's head to the end of its response",
      type: "histogram",
      aggregator: "sum",
      values,
    };
  }
}
