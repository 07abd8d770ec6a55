import type { Opener } from "@strongroom/envelope";
import type { SealedBody } from "../records.ts";

/** How long the payload key of a body is kept after it was unwrapped. */
const KEPT_MS = 60_000;

interface Kept {
  readonly opener: Opener;
  readonly untilMs: number;
}

/**
 * Openers of bodies that were read lately, hung on their decoded records: they go when the record changes or falls
 * out of its cache. Only for schemes whose key-encryption key lies in this process anyway, bucket keys among them; where a
 * key service must be asked at every use, nothing is kept.
 */
const kept = new WeakMap<SealedBody, Kept>();

/** The opener of this body, if it was kept and is for just these stored bytes. */
export function findOpener(body: SealedBody, header: Uint8Array, nowMs: number): Opener | null {
  const entry = kept.get(body);
  if (entry === undefined) return null;
  const isFresh = entry.untilMs >= nowMs && entry.untilMs - nowMs <= KEPT_MS;
  if (isFresh && entry.opener.isFor(header)) return entry.opener;
  kept.delete(body);
  return null;
}

export function keepOpener(body: SealedBody, opener: Opener, nowMs: number): void {
  kept.set(body, { opener, untilMs: nowMs + KEPT_MS });
}
