import type { LogStream } from "./logging-configuration.ts";

export interface LogObjectPlace {
  /** Of the source's owner. */
  readonly accountId: string;
  readonly region: string;
  /** When the requests of the log came; all of one day, where that is in the key. */
  readonly eventMs: number;
  readonly deliveredMs: number;
  /** 16 upper-case hex digits. */
  readonly unique: string;
}

/** The key of a log object, as S3 makes it, simple or partitioned; times are UTC. */
export function logObjectKey({ sourceBucket, logging }: LogStream, place: LogObjectPlace): string {
  const { targetPrefix, keyFormat } = logging;
  const delivered = secondOf(place.deliveredMs);
  if (keyFormat?.kind !== "partitioned") return `${targetPrefix}${delivered}-${place.unique}`;
  const byEvent = isPartitionedByEvent({ logging });
  const day = new Date(byEvent ? place.eventMs : place.deliveredMs).toISOString().slice(0, 10);
  // Under the time of events only their day counts.
  const second = byEvent ? `${day}-00-00-00` : delivered;
  const folder = [place.accountId, place.region, sourceBucket, ...day.split("-")].join("/");
  return `${targetPrefix}${folder}/${second}-${place.unique}`;
}

/** Whether requests of different days go into different objects. */
export function isPartitionedByEvent({ logging: { keyFormat } }: Pick<LogStream, "logging">): boolean {
  return keyFormat?.kind === "partitioned" && keyFormat.dateSource === "EventTime";
}

/** `YYYY-mm-DD-HH-MM-SS`. */
function secondOf(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 19).replace(/[T:]/g, "-");
}
