import type { RequestLog } from "@strongroom/s3";
import type { Logger } from "../log.ts";
import type { Metrics } from "../metrics.ts";

/** Counts and, at level debug, logs each S3 request: no names, no addresses, no header or query values. */
export function s3RequestLog(log: Logger, metrics: Metrics): RequestLog {
  return {
    answered(entry) {
      const operation = entry.operation ?? "unknown";
      metrics.countRequest({ operation, status: entry.status, seconds: entry.elapsedMs / 1000 });
      if (!log.isLevelEnabled("debug")) return;
      log.debug(
        {
          requestId: entry.requestId,
          operation,
          status: entry.status,
          errorCode: entry.errorCode,
          accountId: entry.accountId,
          bytesSent: entry.bytesSent,
          elapsedMs: Math.round(entry.elapsedMs * 10) / 10,
        },
        "request answered",
      );
    },
    failed({ requestId, operation, error }) {
      log.error({ requestId, operation, err: error }, "request failed");
    },
  };
}
