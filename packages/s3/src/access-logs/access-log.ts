import type { Bucket, ObjectStore } from "@strongroom/store";
import { findBucket } from "../cors/cross-origin.ts";
import { isCopy } from "../object/copy-source.ts";
import { printAccessRecord } from "./access-record.ts";
import { copyReadRecord, copySourceOf, type LoggedExchange, recordsOf } from "./logged-exchange.ts";
import { type LogStream, logStreamOf } from "./logging-configuration.ts";

/** Where lines of access logs are gathered until they are delivered. Never throws and never waits. */
export interface AccessLog {
  /** `line` ends with a line feed; `receivedMs`: when its request came. */
  add(stream: LogStream, line: string, receivedMs: number): void;
  /** Lines that are still to be added: what is delivered at the end waits for them. Never rejects. */
  expect(work: Promise<void>): void;
}

/** Most requests: whose bucket wants no log and which read from no other. `bucket` as for `logExchange`. */
export function isUnlogged(bucket: Bucket | null | undefined, operation: string | null): boolean {
  return bucket !== null && bucket !== undefined && logStreamOf(bucket) === null && !isCopy(operation ?? "");
}

/**
 * Hands the lines of an answered request to the log of each bucket whose requests are logged. `bucket` undefined: it was
 * not looked up before the request was refused; null: there is none.
 */
export function logExchange(
  log: AccessLog,
  store: Pick<ObjectStore, "requireBucket">,
  exchange: LoggedExchange,
  bucket: Bucket | null | undefined,
): void {
  if (bucket !== null && bucket !== undefined) addRecords(log, exchange, bucket);
  const name = bucket === undefined ? exchange.raw.bucket : null;
  const source = copySourceOf(exchange);
  if (name === null && source === null) return;
  log.expect(addLookedUp(log, store, exchange, { name, source }));
}

function addRecords(log: AccessLog, exchange: LoggedExchange, bucket: Bucket): void {
  const stream = logStreamOf(bucket);
  if (stream === null) return;
  for (const record of recordsOf(exchange, bucket)) {
    log.add(stream, printAccessRecord(record), record.receivedMs);
  }
}

async function addLookedUp(
  log: AccessLog,
  store: Pick<ObjectStore, "requireBucket">,
  exchange: LoggedExchange,
  { name, source }: { readonly name: string | null; readonly source: string | null },
): Promise<void> {
  try {
    const bucket = name === null ? null : await findBucket(name, store);
    if (bucket !== null) addRecords(log, exchange, bucket);
    const read = source === null ? null : await findBucket(source, store);
    const stream = read === null ? null : logStreamOf(read);
    if (read === null || stream === null) return;
    log.add(stream, printAccessRecord(copyReadRecord(exchange, read)), exchange.receivedMs);
  } catch {
    // Logs are best effort, and the request was answered: what is wrong with the index shows where it matters.
  }
}
