import { isDeepStrictEqual } from "node:util";
import { ServiceError } from "@strongroom/base";
import { BlobMissingError } from "../blobs/blob-store-port.ts";
import { BodyGoneError, type BodyToOpen, openBody, openInlineBody, type Range } from "../bodies/open-body.ts";
import { type ObjectKeyrings, requireReadKeys } from "../encryption/encryptor.ts";
import { NO_KEYS } from "../encryption/request-keys.ts";
import type { Engine } from "../engine.ts";
import type { DescribedObject, ObjectSelector, OpenedObject } from "../object-store.ts";
import { partKey } from "../record-keys.ts";
import { decodePart, type PartLayout, type SealedBody, type VersionRecord } from "../records.ts";
import { StoreError } from "../store-error.ts";
import { requireVersion } from "./find-version.ts";
import { toStoredVersion } from "./stored-version.ts";
import { versionIdOf } from "./version-chain.ts";

interface PartSpan {
  readonly partNumber: number;
  readonly start: number;
  readonly end: number;
}

/** One version whose keys are at hand. */
interface Unlocked {
  readonly selector: ObjectSelector;
  readonly record: VersionRecord;
  readonly keyrings: ObjectKeyrings;
}

/**
 * The version and a function that streams any range of its plaintext. The key is asked for now, also for an empty
 * object or a range of nothing: who may not use it learns so before the first byte.
 */
export async function openObject(engine: Engine, selector: ObjectSelector): Promise<OpenedObject> {
  const { record, isLatest } = await requireVersion(engine, selector);
  const keys = selector.keys ?? NO_KEYS;
  const keyrings = await engine.encryptor.resume(record.encryption, keys, selector);
  const unlocked = { selector, record, keyrings };
  const { body } = record;
  return {
    version: toStoredVersion(selector.objectKey, record, isLatest),
    get parts() {
      return partsOf(record);
    },
    read: (start, end) => readRange(engine, unlocked, { start, end }),
    readInline: (start, end) =>
      "layout" in body || body.location.in !== "payload"
        ? null
        : readInline(engine, unlocked, body, { start, end }),
  };
}

/** As `ObjectStore.describeObject`. */
export async function describeObject(engine: Engine, selector: ObjectSelector): Promise<DescribedObject> {
  const { record, isLatest } = await requireVersion(engine, selector);
  if (selector.keys !== undefined) requireReadKeys(record.encryption, selector.keys);
  return { version: toStoredVersion(selector.objectKey, record, isLatest), parts: partsOf(record) };
}

function partsOf({ body, sizeBytes }: VersionRecord): readonly PartSpan[] {
  return "layout" in body ? [...partSpans(body.layout)] : [{ partNumber: 1, start: 0, end: sizeBytes }];
}

function* partSpans(layout: PartLayout): Generator<PartSpan> {
  let start = 0;
  for (const [first, count, sizeBytes] of layout) {
    for (let at = 0; at < count; at++) {
      yield { partNumber: first + at, start, end: start + sizeBytes };
      start += sizeBytes;
    }
  }
}

async function readInline(
  engine: Engine,
  { selector, record, keyrings }: Unlocked,
  body: SealedBody,
  range: Range,
): Promise<Uint8Array> {
  const { encryption, uid } = record;
  const { bucket, objectKey } = selector;
  const name = { bucket, objectKey, uid, partNumber: 0 };
  try {
    return await openInlineBody(engine, { body, encryption, keyrings, name }, range);
  } catch (error) {
    if (!(error instanceof BodyGoneError)) throw error;
    return explainGone(engine, selector, record, error);
  }
}

async function* readRange(engine: Engine, unlocked: Unlocked, range: Range): AsyncGenerator<Uint8Array> {
  let sent = 0;
  try {
    for await (const chunk of readRecord(engine, unlocked, range)) {
      sent += chunk.length;
      yield chunk;
    }
  } catch (error) {
    if (!(error instanceof BodyGoneError || error instanceof BlobMissingError) || sent > 0) throw error;
    await explainGone(engine, unlocked.selector, unlocked.record, error);
  }
}

/**
 * The body was gone before its first byte: an overwrite or delete got in between, unless the version is still there:
 * then its bytes are missing, and that is an integrity failure.
 */
async function explainGone(
  engine: Engine,
  selector: ObjectSelector,
  before: VersionRecord,
  cause: Error,
): Promise<never> {
  const { record } = await requireVersion(engine, selector);
  if (record.uid === before.uid) {
    throw new StoreError(
      "InternalError",
      "integrity",
      "The stored bytes of an object are missing.",
      {},
      cause,
    );
  }
  throw new StoreError(
    "ReplacedWhileRead",
    "state",
    "The object was replaced before its first byte was read.",
  );
}

async function* readRecord(engine: Engine, unlocked: Unlocked, range: Range): AsyncGenerator<Uint8Array> {
  const { selector, record, keyrings } = unlocked;
  const { body, encryption, uid } = record;
  const { bucket, objectKey } = selector;
  if (!("layout" in body)) {
    const name = { bucket, objectKey, uid, partNumber: 0 };
    yield* openBody(engine, { body, encryption, keyrings, name }, range);
    return;
  }
  for (const part of partSpans(body.layout)) {
    if (part.end <= range.start && part.end !== part.start) continue;
    if (part.start >= range.end) break;
    if (part.start === part.end) continue;
    const stored = await engine.index.get(partKey(uid, part.partNumber));
    if (stored === null) throw new BodyGoneError();
    const within = {
      start: Math.max(0, range.start - part.start),
      end: Math.min(part.end, range.end) - part.start,
    };
    const name = { bucket, objectKey, uid, partNumber: part.partNumber };
    const { body: partBody } = decodePart(stored.value);
    yield* openPart(engine, unlocked, { body: partBody, encryption, keyrings, name }, within);
  }
}

/**
 * One part, which may have been wrapped anew since the version's record was read: its keys are then those of the record
 * as it is now, and the bytes are the same.
 */
async function* openPart(
  engine: Engine,
  { selector, record }: Unlocked,
  input: BodyToOpen,
  range: Range,
): AsyncGenerator<Uint8Array> {
  let isBegun = false;
  try {
    for await (const chunk of openBody(engine, input, range)) {
      isBegun = true;
      yield chunk;
    }
    return;
  } catch (error) {
    if (isBegun || !(error instanceof ServiceError) || error.kind !== "integrity") throw error;
    // The very version: another one may be the newest by now.
    const { record: now } = await requireVersion(engine, { ...selector, versionId: versionIdOf(record) });
    if (now.uid !== record.uid) throw new BodyGoneError();
    if (isDeepStrictEqual(now.encryption, record.encryption)) throw error;
    using keyrings = await engine.encryptor.resume(now.encryption, selector.keys ?? NO_KEYS, selector);
    yield* openBody(engine, { ...input, encryption: now.encryption, keyrings }, range);
  }
}
