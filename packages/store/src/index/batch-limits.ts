import { IndexError } from "./index-error.ts";
import type { IndexBatch } from "./index-port.ts";

export const MAX_KEY_BYTES = 4096;
export const MAX_VALUE_BYTES = 16 * 1024 * 1024;
export const MAX_PAYLOAD_ID_BYTES = 256;
export const MAX_PAYLOAD_BYTES = 64 * 1024 * 1024;

/** Throws `IndexError` `InvalidRecord` when a batch is over a limit of the format. */
export function requireWithinLimits(batch: IndexBatch): void {
  for (const { key, value } of batch.puts ?? []) {
    if (key.length > MAX_KEY_BYTES) throw invalid("key", MAX_KEY_BYTES);
    if (value.length > MAX_VALUE_BYTES) throw invalid("value", MAX_VALUE_BYTES);
  }
  for (const { id, bytes } of batch.putPayloads ?? []) {
    const idBytes = Buffer.byteLength(id, "utf8");
    if (idBytes === 0 || idBytes > MAX_PAYLOAD_ID_BYTES) throw invalid("payload id", MAX_PAYLOAD_ID_BYTES);
    if (bytes.length > MAX_PAYLOAD_BYTES) throw invalid("payload", MAX_PAYLOAD_BYTES);
  }
}

function invalid(what: string, maxBytes: number): IndexError {
  return new IndexError("InvalidRecord", "invalid", `a ${what} of the index has at most ${maxBytes} bytes`);
}
