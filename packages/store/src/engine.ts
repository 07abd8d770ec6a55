import type { Clock } from "@strongroom/base";
import type { BlobStore } from "./blobs/blob-store-port.ts";
import type { Encryptor } from "./encryption/encryptor.ts";
import type { EventSubscriptions } from "./events/object-event.ts";
import { type Index, IndexConflictError } from "./index/index-port.ts";
import { StoreError } from "./store-error.ts";

/** What every operation of the engine works with. Built once by `createObjectStore`. */
export interface Engine {
  readonly index: Index;
  readonly blobs: BlobStore;
  readonly clock: Clock;
  readonly limits: EngineLimits;
  readonly encryptor: Encryptor;
  /** Who wants to know of changes. Absent: nobody. */
  readonly subscriptions?: EventSubscriptions;
  /** Runs work that the reply does not wait for; a failure is reported, and the sweep makes up for it. */
  later(work: () => Promise<void>): void;
}

export interface EngineLimits {
  /** Plaintext up to this many bytes is committed inside the index; above it becomes a blob. */
  readonly inlineBytes: number;
  /** Smallest size of every part but the last, in bytes. */
  readonly minPartBytes: number;
  /** How long the parts of a removed multipart object stay readable for downloads under way, in milliseconds. */
  readonly partGraceMs: number;
}

export const DEFAULT_LIMITS: EngineLimits = {
  inlineBytes: 128 * 1024,
  minPartBytes: 5 * 1024 * 1024,
  partGraceMs: 30_000,
};

const MAX_ATTEMPTS = 64;

/**
 * Runs `attempt`, which reads, decides and commits, again whenever another writer got in between.
 * The pause grows so that many writers of one key do not starve each other.
 */
export async function untilCommitted<T>(attempt: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof IndexConflictError)) throw error;
      if (tries === MAX_ATTEMPTS) {
        throw new StoreError(
          "SlowDown",
          "unavailable",
          "Too many writers changed this key at once; try again.",
        );
      }
      await new Promise((resolve) => setTimeout(resolve, Math.random() * Math.min(tries * 2, 40)));
    }
  }
}
