import type { Config } from "../config.ts";
import type { MetricsReport } from "../metrics.ts";
import type { TlsIdentity } from "../tls/tls-options.ts";

/** What the primary process tells a worker, over their private channel. */
export type ToWorker =
  | {
      readonly type: "start";
      readonly config: Config;
      readonly tls: TlsIdentity;
      readonly incarnation: string;
    }
  | { readonly type: "tls"; readonly tls: TlsIdentity }
  | { readonly type: "report-metrics"; readonly id: number }
  | { readonly type: "metrics"; readonly id: number; readonly text: string }
  | { readonly type: "drain" };

/** What a worker tells the primary process. */
export type ToPrimary =
  | { readonly type: "hello" }
  | { readonly type: "listening"; readonly port: number }
  /** `isFinal`: another one must not even try. */
  | { readonly type: "failed"; readonly message: string; readonly isFinal: boolean }
  | { readonly type: "metrics-report"; readonly id: number; readonly report: MetricsReport }
  | { readonly type: "print-metrics"; readonly id: number };

/** Both ends are this program: the type tag alone tells its own messages from those of `node:cluster`. */
export function isMessage<Message extends ToWorker | ToPrimary>(value: unknown): value is Message {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}
