import { History } from "./key-history.ts";
import { ABSENT, isStored, type StoredValue, type Value } from "./stored-value.ts";

export const PLAIN_BUCKET = "crash-plain";
export const VERSIONED_BUCKET = "crash-versioned";
/** Versioned, and with Object Lock. */
export const LOCKED_BUCKET = "crash-locked";
/** Whose rules end objects and abort uploads. */
export const EXPIRING_BUCKET = "crash-expiring";

/** One object or version whose state is known, but for what was not answered. */
export interface Place {
  readonly bucket: string;
  readonly objectKey: string;
  readonly versionId: string | undefined;
  readonly history: History<Value>;
}

/** A write under way: acknowledged, or never. */
export interface Pending {
  acknowledge(value: Value, versionId: unknown): void;
}

/** An object key that is written to. */
export interface Target {
  readonly bucket: string;
  readonly objectKey: string;
  /** Says first what may be there from now on. */
  begin(value: Value): Pending;
  places(): readonly Place[];
}

/** A key of a bucket without versions. */
export class PlainKey implements Target, Place {
  readonly bucket: string;
  readonly objectKey: string;
  readonly versionId = undefined;
  readonly history = new History<Value>(ABSENT, true);

  constructor(bucket: string, objectKey: string) {
    this.bucket = bucket;
    this.objectKey = objectKey;
  }

  begin(value: Value): Pending {
    const attempt = this.history.begin(value);
    return { acknowledge: (told) => this.history.acknowledge(attempt, told) };
  }

  places(): readonly Place[] {
    return [this];
  }
}

/** A key whose objects end by themselves: at any time each may be gone. */
export class ExpiringKey extends PlainKey {
  override begin(value: Value): Pending {
    const pending = super.begin(value);
    this.history.begin(ABSENT);
    return pending;
  }
}

/** A key of a bucket with versions. */
export class VersionedKey implements Target {
  readonly bucket: string;
  readonly objectKey: string;
  readonly versions = new Map<string, Place>();
  /** Versions and markers that may be there under ids nobody was told. */
  readonly unanswered = new Set<Value>();

  constructor(bucket: string, objectKey: string) {
    this.bucket = bucket;
    this.objectKey = objectKey;
  }

  begin(value: Value): Pending {
    this.unanswered.add(value);
    return {
      acknowledge: (told, versionId) => {
        if (typeof versionId !== "string") throw new Error(`${this.objectKey}: no version id was told`);
        this.unanswered.delete(value);
        this.add(versionId, told, false);
      },
    };
  }

  add(versionId: string, value: Value, isSeen: boolean): Place {
    const { bucket, objectKey } = this;
    const place = { bucket, objectKey, versionId, history: new History(value, isSeen) };
    this.versions.set(versionId, place);
    return place;
  }

  places(): readonly Place[] {
    return [...this.versions.values()];
  }
}

/** The object that is there for sure. */
export function certainlyStored({ history }: Place): StoredValue | null {
  const value = history.certain();
  return isStored(value) ? value : null;
}
