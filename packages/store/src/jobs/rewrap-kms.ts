import { ServiceError } from "@strongroom/base";
import type { KeyContext, KmsEncryption, ObjectEncryption } from "../encryption/encryption.ts";
import { keyServiceContext } from "../encryption/key-context.ts";
import { type Engine, untilCommitted } from "../engine.ts";
import { endOfPrefix, IndexIntegrityError, type IndexRecord } from "../index/index-port.ts";
import { requireUnlockedForEncryption } from "../objects/object-lock.ts";
import { placeOf, successor, tableStart, WRAPPING_TABLES, type WrappingTable } from "../record-keys.ts";
import { decodeChain, decodeUpload, encodeChain, encodeUpload } from "../records.ts";
import { StoreError } from "../store-error.ts";
import type { RewrapCursor } from "./rewrap.ts";

/** Which keys of the key service give up what hangs on them, and how it is wrapped anew. */
export interface KmsRewrapping {
  isOld(encryption: KmsEncryption): boolean;
  /** The key-encryption key under another key or material. Throws what the key service answers. */
  wrapAnew(
    encryption: KmsEncryption,
    context: KeyContext,
  ): Promise<{ readonly keyArn: string; readonly wrappedKey: Uint8Array }>;
}

export interface KmsRewrapStep {
  /** Where to go on; null: the pass is over. */
  readonly next: RewrapCursor | null;
  /** Versions and uploads under keys of the key service, and how many of them were wrapped anew. */
  readonly looked: number;
  readonly wrapped: number;
  /** Left as they are: by an object lock, and because they cannot be read or do not open. */
  readonly locked: number;
  readonly unreadable: number;
}

interface Counts {
  looked: number;
  wrapped: number;
  locked: number;
  unreadable: number;
}

/** Records worked on at once: the key service writes each use to its trail, many with one flush. */
const AT_ONCE = 16;

/**
 * Wraps the key-encryption keys of at most `limit` versions or uploads anew. Their data keys, parts and data are not
 * touched: they hang on the key-encryption key, which stays the same. Throws what the key service answers, unless it
 * says that the stored key is not what it was.
 */
export async function rewrapKmsStep(
  engine: Pick<Engine, "index" | "clock">,
  rewrapping: KmsRewrapping,
  cursor: RewrapCursor,
  limit: number,
): Promise<KmsRewrapStep> {
  const start = tableStart(cursor.table);
  const from = cursor.after === "" ? start : successor(Buffer.from(cursor.after, "hex"));
  const page = await engine.index.list({ from, to: endOfPrefix(start), limit });
  const counts: Counts = { looked: 0, wrapped: 0, locked: 0, unreadable: 0 };
  const rest = page[Symbol.iterator]();
  const lane = async (): Promise<void> => {
    for (const stored of rest) await wrapCounted(engine, rewrapping, cursor.table, stored, counts);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  const last = page.at(-1);
  if (last !== undefined && page.length === limit) {
    return { next: { table: cursor.table, after: last.key.toString("hex") }, ...counts };
  }
  const following = WRAPPING_TABLES[WRAPPING_TABLES.indexOf(cursor.table) + 1];
  return { next: following === undefined ? null : { table: following, after: "" }, ...counts };
}

async function wrapCounted(
  engine: Pick<Engine, "index" | "clock">,
  rewrapping: KmsRewrapping,
  table: WrappingTable,
  stored: IndexRecord,
  counts: Counts,
): Promise<void> {
  try {
    const outcome = await wrapRecord(engine, rewrapping, table, stored);
    if (outcome === "other") return;
    counts.looked++;
    if (outcome === "wrapped") counts.wrapped++;
  } catch (error) {
    if (error instanceof StoreError && error.code === "ObjectLocked") counts.locked++;
    else if (isIntegrityFailure(error)) counts.unreadable++;
    else throw error;
  }
}

function isIntegrityFailure(error: unknown): boolean {
  return (
    error instanceof IndexIntegrityError || (error instanceof ServiceError && error.kind === "integrity")
  );
}

function wrapRecord(
  { index, clock }: Pick<Engine, "index" | "clock">,
  rewrapping: KmsRewrapping,
  table: WrappingTable,
  first: IndexRecord,
): Promise<"other" | "current" | "wrapped"> {
  let known: IndexRecord | null = first;
  return untilCommitted(async () => {
    const stored = known ?? (await index.get(first.key));
    known = null;
    const record =
      stored === null ? null : table === "upload" ? decodeUpload(stored.value) : decodeChain(stored.value);
    if (stored === null || record === null || !("encryption" in record)) return "other";
    const { encryption } = record;
    if (!isUnderKms(encryption)) return "other";
    if (!rewrapping.isOld(encryption)) return "current";
    const usesBucketKey = encryption.scheme === "sse-kms" && encryption.bucketKey;
    const context = keyServiceContext(encryption.context, placeOf(table, stored.key), usesBucketKey);
    const anew = { ...encryption, ...(await rewrapping.wrapAnew(encryption, context)) };
    if (anew.keyArn !== encryption.keyArn && "kind" in record) {
      requireUnlockedForEncryption(record, clock.nowMs());
    }
    const value =
      "kind" in record
        ? encodeChain({ ...record, encryption: anew })
        : encodeUpload({ ...record, encryption: anew });
    await index.commit({
      checks: [{ key: stored.key, revision: stored.revision }],
      puts: [{ key: stored.key, value }],
    });
    return "wrapped";
  });
}

function isUnderKms(encryption: ObjectEncryption): encryption is KmsEncryption {
  return encryption.scheme === "sse-kms" || encryption.scheme === "dsse-kms";
}
