import type { AuditKeys } from "./audit-keys.ts";
import { decodeHeader, HEADER_SIZE_BYTES } from "./segment-format.ts";
import { type ReadRecord, readSegment } from "./segment-reader.ts";
import { findFile, listSegments, segmentFacts } from "./trail-folder.ts";

/** One event as it was written. */
export interface FoundEvent {
  readonly writerId: string;
  readonly record: number;
  readonly timeMs: number;
  /** The event's JSON text. */
  readonly text: string;
}

/** Where a listing stands: everything before it in the listing's order was given already. */
export interface LookupPosition {
  readonly timeMs: number;
  readonly writerId: string;
  readonly record: number;
}

interface Source {
  readonly writerId: string;
  readonly name: string;
  readonly newestMs: number;
}

/** File times are coarser than ours. */
const TIME_SLACK_MS = 2_000;

/**
 * The events of all writers from the newest to the oldest, read segment by segment as they are wanted. `fromMs` and
 * `toMs` bound their times, both included. What does not open is passed over: verification names it.
 */
export async function* readTrail(
  folder: string,
  keys: AuditKeys,
  range: { readonly fromMs: number; readonly toMs: number; readonly after?: LookupPosition | null },
): AsyncGenerator<FoundEvent> {
  const { fromMs, toMs, after = null } = range;
  const sources = await findSources(folder, range);
  let pool: FoundEvent[] = [];
  while (sources.length > 0 || pool.length > 0) {
    const newest = pool[0];
    const source = sources[0];
    // A segment may hold something newer than what is at hand: it is read first.
    if (source !== undefined && (newest === undefined || source.newestMs >= newest.timeMs)) {
      sources.shift();
      const events = (await readEvents(folder, keys, source)).filter(
        (event) =>
          event.timeMs >= fromMs && event.timeMs <= toMs && (after === null || comesBefore(after, event) < 0),
      );
      pool = [...pool, ...events].sort(comesBefore);
      continue;
    }
    if (newest === undefined) return;
    pool.shift();
    yield newest;
  }
}

/** Newest first; of the same moment by writer, and the later record first. */
function comesBefore(a: LookupPosition, b: LookupPosition): number {
  if (a.timeMs !== b.timeMs) return b.timeMs - a.timeMs;
  if (a.writerId !== b.writerId) return a.writerId < b.writerId ? -1 : 1;
  return b.record - a.record;
}

async function findSources(folder: string, { fromMs }: { readonly fromMs: number }): Promise<Source[]> {
  const sources: Source[] = [];
  for (const { name, writerId } of await listSegments(folder)) {
    const { writtenMs, sizeBytes } = await segmentFacts(folder, name);
    const newestMs = writtenMs + TIME_SLACK_MS;
    if (sizeBytes <= HEADER_SIZE_BYTES || newestMs < fromMs) continue;
    sources.push({ writerId, name, newestMs });
  }
  sources.sort((a, b) => b.newestMs - a.newestMs);
  return sources;
}

async function readEvents(folder: string, keys: AuditKeys, source: Source): Promise<readonly FoundEvent[]> {
  const bytes = await findFile(folder, source.name);
  if (bytes === null) return [];
  try {
    decodeHeader(bytes);
  } catch {
    return [];
  }
  const { writerId } = source;
  return readSegment(keys, bytes)
    .items.filter((item): item is ReadRecord => item.kind === "record")
    .map(({ record, timeMs, plaintext }) => ({ writerId, record, timeMs, text: plaintext.toString("utf8") }));
}
