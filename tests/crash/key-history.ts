import { createHash } from "node:crypto";
import { bytesOf } from "../harness/test-bytes.ts";

/** What a key holds: bytes that a seed brings back, or nothing. */
export interface StoredValue {
  readonly seed: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

export const ABSENT = null;
export type Value = StoredValue | typeof ABSENT;

export function makeValue(seed: string, sizeBytes: number): { value: StoredValue; bytes: Buffer } {
  const bytes = bytesOf(seed, sizeBytes);
  return { value: { seed, sizeBytes, sha256: sha256Of(bytes) }, bytes };
}

export const sha256Of = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

export interface Attempt {
  readonly value: Value;
  readonly startedMs: number;
  /** When the answer came; null: none came, so it may have happened or not. */
  acknowledgedMs: number | null;
}

/**
 * All writes and deletes tried on one key since its state was last seen. An attempt may be what is found unless
 * another one, acknowledged, began after it had been acknowledged. An attempt without an answer is never ruled out.
 */
export class KeyHistory {
  readonly objectKey: string;
  #attempts: Attempt[];

  constructor(objectKey: string) {
    this.objectKey = objectKey;
    this.#attempts = [{ value: ABSENT, startedMs: 0, acknowledgedMs: 0 }];
  }

  begin(value: Value): Attempt {
    const attempt: Attempt = { value, startedMs: performance.now(), acknowledgedMs: null };
    this.#attempts.push(attempt);
    return attempt;
  }

  acknowledge(attempt: Attempt): void {
    attempt.acknowledgedMs = performance.now();
  }

  get isTouched(): boolean {
    return this.#attempts.length > 1;
  }

  possible(): readonly Value[] {
    const acknowledged = this.#attempts.filter((attempt) => attempt.acknowledgedMs !== null);
    return this.#attempts
      .filter(({ acknowledgedMs }) => {
        if (acknowledgedMs === null) return true;
        return !acknowledged.some((later) => later.startedMs > acknowledgedMs);
      })
      .map((attempt) => attempt.value);
  }

  /** The one value it must have, or undefined while more than one is possible. */
  certain(): Value | undefined {
    const [only, ...others] = this.possible();
    return others.length === 0 ? only : undefined;
  }

  /** The state was seen: the history starts anew from it. */
  settle(value: Value): void {
    this.#attempts = [{ value, startedMs: 0, acknowledgedMs: 0 }];
  }
}

/** The versions of one key of a versioned bucket that were acknowledged, and those that may be there. */
export class VersionHistory {
  readonly objectKey: string;
  /** By version id; null is a delete marker. */
  readonly acknowledged = new Map<string, Value>();
  /** Written or deleted without an answer. */
  readonly unanswered: Value[] = [];
  readonly maybeDeleted = new Set<string>();
  /** Read after a crash already: looked at again only when everything is. */
  readonly readBack = new Set<string>();

  constructor(objectKey: string) {
    this.objectKey = objectKey;
  }
}
