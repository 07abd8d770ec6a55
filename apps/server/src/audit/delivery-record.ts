import type { DeliveredDigest } from "@strongroom/audit";
import { encodeSequence, type RecordStore } from "@strongroom/base";
import { ServerError } from "../server-error.ts";

/** How far the trail was delivered to a bucket. */
export interface DeliveryRecord {
  /** Every digest up to this one is in the bucket, with all that it covers. */
  readonly digest: number;
  readonly last: DeliveredDigest;
  readonly deliveredMs: number;
}

const KEY = encodeSequence(["audit", "delivery"]);
const FORMAT = 1;

export interface FoundDelivery {
  readonly record: DeliveryRecord;
  readonly revision: string;
}

/** null: nothing was ever delivered. Throws Tampered. */
export async function findDelivery(records: RecordStore): Promise<FoundDelivery | null> {
  const stored = await records.find(KEY);
  return stored === null ? null : { record: decode(stored.value), revision: stored.revision };
}

/** Stores it if the record is still that of `revision` (null: there was none). False when it is not. */
export function storeDelivery(
  records: RecordStore,
  record: DeliveryRecord,
  revision: string | null,
): Promise<boolean> {
  const value = Buffer.from(JSON.stringify({ format: FORMAT, ...record }));
  return records.commit([{ key: KEY, value }], [{ key: KEY, revision }]);
}

function decode(value: Uint8Array): DeliveryRecord {
  const { format, digest, last, deliveredMs }: Record<string, unknown> = {
    ...JSON.parse(Buffer.from(value).toString("utf8")),
  };
  const { bucket, objectKey, hash, signature }: Record<string, unknown> = { ...Object(last) };
  if (
    format !== FORMAT ||
    typeof digest !== "number" ||
    typeof deliveredMs !== "number" ||
    typeof bucket !== "string" ||
    typeof objectKey !== "string" ||
    typeof hash !== "string" ||
    typeof signature !== "string"
  ) {
    throw new ServerError(
      "Tampered",
      "integrity",
      "the record of the trail's delivery has an unknown format",
    );
  }
  return { digest, last: { bucket, objectKey, hash, signature }, deliveredMs };
}
