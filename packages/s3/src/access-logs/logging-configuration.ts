import type { Bucket } from "@strongroom/store";
import { type AccessList, parseStoredAccessList, printStoredAccessList } from "../access/access-list.ts";

/** Name of the configuration document that says where a bucket's access logs go. */
export const LOGGING_DOCUMENT = "logging";

export const PARTITION_DATE_SOURCES = ["EventTime", "DeliveryTime"] as const;
export type PartitionDateSource = (typeof PARTITION_DATE_SOURCES)[number];

/** How keys of log objects are made, as it was put. */
export type LogKeyFormat =
  | { readonly kind: "simple" }
  /** null: it was not said, which means the time of delivery. */
  | { readonly kind: "partitioned"; readonly dateSource: PartitionDateSource | null };

/** `LoggingEnabled`. */
export interface LoggingConfiguration {
  readonly targetBucket: string;
  readonly targetPrefix: string;
  /** Who else gets the log objects, where the target has access lists. */
  readonly targetGrants: AccessList;
  /** null: it was not said, which means simple. */
  readonly keyFormat: LogKeyFormat | null;
}

/** Logs of one bucket under one configuration: what goes into one object together. */
export interface LogStream {
  readonly sourceBucket: string;
  /** Canonical user id of both buckets' owner. */
  readonly ownerId: string;
  readonly logging: LoggingConfiguration;
  /** Tells streams apart; the same for the same bucket and configuration. */
  readonly name: string;
}

const FORMAT = 1;

export function printStoredLogging({ targetGrants, ...rest }: LoggingConfiguration): string {
  return JSON.stringify({ format: FORMAT, ...rest, targetGrants: printStoredAccessList(targetGrants) });
}

/** Throws for a document this program never wrote. */
export function parseStoredLogging(document: string): LoggingConfiguration {
  const stored: unknown = JSON.parse(document);
  const { format, targetBucket, targetPrefix, targetGrants, keyFormat }: Record<string, unknown> = {
    ...Object(stored),
  };
  if (
    format !== FORMAT ||
    typeof targetBucket !== "string" ||
    typeof targetPrefix !== "string" ||
    typeof targetGrants !== "string"
  ) {
    throw new TypeError("the logging configuration of a bucket has an unknown format");
  }
  return {
    targetBucket,
    targetPrefix,
    targetGrants: parseStoredAccessList(targetGrants),
    // The record was authenticated when it was read: this program, or an older one of this format, wrote it.
    keyFormat: keyFormat as LogKeyFormat | null,
  };
}

/** The engine hands out the same `Bucket` for the same revision of its record: a change holds from the next request on. */
const streams = new WeakMap<Bucket, { readonly stream: LogStream | null }>();

/** null: the bucket's requests are not logged. */
export function logStreamOf(bucket: Bucket): LogStream | null {
  const known = streams.get(bucket);
  if (known !== undefined) return known.stream;
  const document = bucket.configuration[LOGGING_DOCUMENT];
  const stream: LogStream | null =
    document === undefined
      ? null
      : {
          sourceBucket: bucket.name,
          ownerId: bucket.ownerId,
          logging: parseStoredLogging(document),
          name: JSON.stringify([bucket.name, bucket.ownerId, document]),
        };
  streams.set(bucket, { stream });
  return stream;
}
