import type { RecordStore } from "@strongroom/base";
import { ServerError } from "../server-error.ts";

/** The inventory of one configuration and period, under way or delivered. */
export interface InventoryRun {
  readonly bucket: string;
  readonly id: string;
  /** SHA-256 of the configuration, in hex: another one begins another run. */
  readonly configuration: string;
  /** Which day or week it is for. */
  readonly period: number;
  readonly startedMs: number;
  /** Name of its data file: one that is begun again is written over. */
  readonly dataId: string;
  /** null: it goes on. */
  readonly finishedMs: number | null;
  readonly owner: string;
  readonly leaseUntilMs: number;
}

export interface FoundInventoryRun {
  readonly run: InventoryRun;
  readonly revision: string;
}

const PREFIX = "server/inventory/";
const keyOf = (bucket: string, id: string): Buffer => Buffer.from(`${PREFIX}${bucket}/${id}`);

export async function findInventoryRun(
  records: RecordStore,
  bucket: string,
  id: string,
): Promise<FoundInventoryRun | null> {
  const stored = await records.find(keyOf(bucket, id));
  return stored === null ? null : { run: decode(stored.value), revision: stored.revision };
}

/** Stores `run` if the record is still that of `revision` (null: there was none). False when it is not. */
export function storeInventoryRun(
  records: RecordStore,
  run: InventoryRun,
  revision: string | null,
): Promise<boolean> {
  const key = keyOf(run.bucket, run.id);
  const value = Buffer.from(JSON.stringify({ format: 1, ...run }));
  return records.commit([{ key, value }], [{ key, revision }]);
}

function decode(value: Uint8Array): InventoryRun {
  const fields: Record<string, unknown> = { ...JSON.parse(Buffer.from(value).toString("utf8")) };
  const { format, bucket, id, configuration, period, startedMs, dataId, finishedMs, owner, leaseUntilMs } =
    fields;
  const isKnown =
    format === 1 &&
    [bucket, id, configuration, dataId, owner].every((each) => typeof each === "string") &&
    [period, startedMs, leaseUntilMs].every((each) => typeof each === "number") &&
    (finishedMs === null || typeof finishedMs === "number");
  if (!isKnown) {
    throw new ServerError("Tampered", "integrity", "the record of an inventory has an unknown format");
  }
  // The shape was looked at above; the record was authenticated when it was read.
  return fields as unknown as InventoryRun;
}
