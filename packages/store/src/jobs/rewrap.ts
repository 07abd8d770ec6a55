import { setImmediate as nextTurn } from "node:timers/promises";
import { ServiceError } from "@strongroom/base";
import { rewrapDataKey } from "@strongroom/envelope";
import { type BodyName, bodyContext } from "../bodies/body-context.ts";
import type { ObjectEncryption } from "../encryption/encryption.ts";
import type { WrappingKeyring } from "../encryption/encryptor.ts";
import { type Engine, untilCommitted } from "../engine.ts";
import {
  endOfPrefix,
  type IndexCheck,
  IndexConflictError,
  IndexIntegrityError,
  type IndexRecord,
} from "../index/index-port.ts";
import { readAllParts } from "../multipart/select-parts.ts";
import { placeOf, tableStart, WRAPPING_TABLES, type WrappingTable } from "../record-keys.ts";
import {
  decodeChain,
  decodeUpload,
  encodeChain,
  encodePart,
  type SealedBody,
  type VersionRecord,
} from "../records.ts";

/** Wraps under the newest master key; knows what it wrapped itself. */
export interface RotatingKeyring extends WrappingKeyring {
  /** Whether a wrapped key is under the newest master key; false for kinds of other keyrings. */
  isCurrent(encrypted: Uint8Array): boolean;
}

/** All that the job touches: it never sees data. */
export type RecordsOnly = Pick<Engine, "index">;

/** How far a pass over all records has come. Data, so that it can be kept and taken up again. */
export interface RewrapCursor {
  readonly table: WrappingTable;
  /** Hex of the last key that was looked at; "" before the first. */
  readonly after: string;
}

export interface RewrapStep {
  /** Where to go on; null: the pass is over. */
  readonly next: RewrapCursor | null;
  /** Bodies that hang on a master key, and how many of them were wrapped anew. */
  readonly looked: number;
  readonly wrapped: number;
  /** Versions and uploads of which something was wrapped anew. */
  readonly objects: number;
  /** Records that cannot be read, or whose data keys do not open. They stay as they are, and stop no others. */
  readonly unreadable: number;
}

/** A step ends early after this many bodies, so that it is over long before a lease on the job is. */
const BODIES_A_STEP = 5_000;
/** Ten thousand parts take a second of computing: requests have their turn in between. */
const PARTS_A_TURN = 100;

export const FIRST_CURSOR: RewrapCursor = { table: WRAPPING_TABLES[0], after: "" };

/**
 * Wraps the data keys of at most `limit` versions or uploads, fewer where they have many parts, with all of these, under the newest master key. Data is
 * not touched, and a record that somebody else changes meanwhile is looked at again. A version that moves from one
 * table to another may be passed by: a survey (survey.ts) tells whether anything is left, a pass does not.
 */
export async function rewrapStep(
  engine: RecordsOnly,
  keyring: RotatingKeyring,
  cursor: RewrapCursor,
  limit: number,
): Promise<RewrapStep> {
  const start = tableStart(cursor.table);
  const from = cursor.after === "" ? start : Buffer.concat([Buffer.from(cursor.after, "hex"), Buffer.of(0)]);
  const page = await engine.index.list({ from, to: endOfPrefix(start), limit });
  let looked = 0;
  let wrapped = 0;
  let objects = 0;
  let unreadable = 0;
  let last: IndexRecord | undefined;
  for (const stored of page) {
    last = stored;
    try {
      const counts = await wrapRecord(engine, keyring, cursor.table, stored);
      looked += counts.looked;
      wrapped += counts.wrapped;
      if (counts.wrapped > 0) objects++;
    } catch (error) {
      if (!isIntegrityFailure(error)) throw error;
      unreadable++;
    }
    if (looked >= BODIES_A_STEP) break;
  }
  if (last !== undefined && (page.length === limit || last !== page.at(-1))) {
    const next = { table: cursor.table, after: last.key.toString("hex") };
    return { next, looked, wrapped, objects, unreadable };
  }
  const following = WRAPPING_TABLES[WRAPPING_TABLES.indexOf(cursor.table) + 1];
  const next = following === undefined ? null : ({ table: following, after: "" } as const);
  return { next, looked, wrapped, objects, unreadable };
}

function isIntegrityFailure(error: unknown): boolean {
  return (
    error instanceof IndexIntegrityError || (error instanceof ServiceError && error.kind === "integrity")
  );
}

interface Counts {
  readonly looked: number;
  readonly wrapped: number;
}

/** The record of a version or upload, and all parts that hang on it, in one commit. */
function wrapRecord(
  engine: RecordsOnly,
  keyring: RotatingKeyring,
  table: WrappingTable,
  first: IndexRecord,
): Promise<Counts> {
  let known: IndexRecord | null = first;
  return untilCommitted(async () => {
    const stored = known ?? (await engine.index.get(first.key));
    known = null;
    if (stored === null) return { looked: 0, wrapped: 0 };
    try {
      return await wrapStored(new RecordWork(engine, keyring, placeOf(table, stored.key)), table, stored);
    } catch (error) {
      // Parts that were put under another scheme after their record was read do not open under this one.
      const isChanged = (await engine.index.get(stored.key))?.revision !== stored.revision;
      throw isChanged && isIntegrityFailure(error) ? new IndexConflictError() : error;
    }
  });
}

async function wrapStored(work: RecordWork, table: WrappingTable, stored: IndexRecord): Promise<Counts> {
  if (table === "upload") {
    const upload = decodeUpload(stored.value);
    await work.parts(upload.uid, upload.encryption);
  } else {
    const record = decodeChain(stored.value);
    if (record.kind === "version") await work.version(record, stored);
  }
  return work.commit(stored);
}

/** What is to be changed for one record. */
class RecordWork {
  readonly #engine: RecordsOnly;
  readonly #keyring: RotatingKeyring;
  readonly #place: { readonly bucket: string; readonly objectKey: string };
  readonly #checks: IndexCheck[] = [];
  readonly #puts: { key: Uint8Array; value: Uint8Array }[] = [];
  #looked = 0;
  #wrapped = 0;

  constructor(
    engine: RecordsOnly,
    keyring: RotatingKeyring,
    place: { readonly bucket: string; readonly objectKey: string },
  ) {
    this.#engine = engine;
    this.#keyring = keyring;
    this.#place = place;
  }

  async version(record: VersionRecord, stored: IndexRecord): Promise<void> {
    if ("layout" in record.body) {
      await this.parts(record.uid, record.encryption);
      return;
    }
    const name = { ...this.#place, uid: record.uid, partNumber: 0 };
    const body = await this.#wrap(record.body, record.encryption, name);
    if (body !== null) this.#puts.push({ key: stored.key, value: encodeChain({ ...record, body }) });
  }

  async parts(uid: string, encryption: ObjectEncryption): Promise<void> {
    if (!hangsOnMasterKey(encryption)) return;
    for (const { partNumber, record, stored } of (await readAllParts(this.#engine, uid)).values()) {
      const body = await this.#wrap(record.body, encryption, { ...this.#place, uid, partNumber });
      if (body === null) continue;
      if (this.#puts.length % PARTS_A_TURN === PARTS_A_TURN - 1) await nextTurn();
      this.#checks.push({ key: stored.key, revision: stored.revision });
      this.#puts.push({ key: stored.key, value: encodePart({ ...record, body }) });
    }
  }

  async commit(stored: IndexRecord): Promise<Counts> {
    if (this.#puts.length > 0) {
      // The owner of the parts must still be what it was: a version that is gone frees its parts.
      const checks = [{ key: stored.key, revision: stored.revision }, ...this.#checks];
      await this.#engine.index.commit({ checks, puts: this.#puts });
    }
    return { looked: this.#looked, wrapped: this.#wrapped };
  }

  /** null: there is nothing to do. */
  async #wrap(body: SealedBody, encryption: ObjectEncryption, name: BodyName): Promise<SealedBody | null> {
    if (!hangsOnMasterKey(encryption)) return null;
    const isOuter = encryption.scheme === "dsse-kms";
    const encrypted = isOuter ? body.outerDataKey : body.encryptedDataKey;
    if (encrypted === undefined) return null;
    this.#looked++;
    if (this.#keyring.isCurrent(encrypted)) return null;
    const side = {
      keyring: this.#keyring,
      context: bodyContext(encryption, name, isOuter ? "outer" : "inner"),
    };
    const anew = await rewrapDataKey(encrypted, side, side);
    this.#wrapped++;
    return isOuter ? { ...body, outerDataKey: anew } : { ...body, encryptedDataKey: anew };
  }
}

function hangsOnMasterKey({ scheme }: ObjectEncryption): boolean {
  return scheme === "sse-s3" || scheme === "dsse-kms";
}
