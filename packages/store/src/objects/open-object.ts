import { BlobMissingError } from "../blobs/blob-store-port.ts";
import { bodyContext } from "../bodies/body-context.ts";
import { BodyGoneError, openBody, openInlineBody } from "../bodies/open-body.ts";
import type { Engine } from "../engine.ts";
import type { ObjectSelector, OpenedObject } from "../object-store.ts";
import { partKey } from "../record-keys.ts";
import { decodePart, type PartLayout, type SealedBody, type VersionRecord } from "../records.ts";
import { StoreError } from "../store-error.ts";
import { requireVersion } from "./find-version.ts";
import { toStoredVersion } from "./stored-version.ts";

interface PartSpan {
  readonly partNumber: number;
  readonly start: number;
  readonly end: number;
}

/** The version and a function that streams any range of its plaintext. */
export async function openObject(engine: Engine, selector: ObjectSelector): Promise<OpenedObject> {
  const { record, isLatest } = await requireVersion(engine, selector);
  const { body } = record;
  return {
    version: toStoredVersion(selector.objectKey, record, isLatest),
    get parts() {
      return "layout" in body
        ? [...partSpans(body.layout)]
        : [{ partNumber: 1, start: 0, end: record.sizeBytes }];
    },
    read: (start, end) => readRange(engine, selector, record, { start, end }),
    readInline: (start, end) =>
      "layout" in body || body.location.in !== "payload"
        ? null
        : readInline(engine, selector, record, body, { start, end }),
  };
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
  selector: ObjectSelector,
  record: VersionRecord,
  body: SealedBody,
  range: { readonly start: number; readonly end: number },
): Promise<Uint8Array> {
  const { plan, uid } = record;
  try {
    const context = bodyContext(plan, selector.bucket, selector.objectKey, uid, 0);
    return await openInlineBody(engine, body, plan, context, range);
  } catch (error) {
    if (!(error instanceof BodyGoneError)) throw error;
    return explainGone(engine, selector, record, error);
  }
}

async function* readRange(
  engine: Engine,
  selector: ObjectSelector,
  record: VersionRecord,
  range: { readonly start: number; readonly end: number },
): AsyncGenerator<Uint8Array> {
  let sent = 0;
  try {
    for await (const chunk of readRecord(engine, selector, record, range)) {
      sent += chunk.length;
      yield chunk;
    }
  } catch (error) {
    if (!(error instanceof BodyGoneError || error instanceof BlobMissingError) || sent > 0) throw error;
    await explainGone(engine, selector, record, error);
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

async function* readRecord(
  engine: Engine,
  { bucket, objectKey }: ObjectSelector,
  record: VersionRecord,
  range: { readonly start: number; readonly end: number },
): AsyncGenerator<Uint8Array> {
  const { body, plan, uid } = record;
  if (!("layout" in body)) {
    yield* openBody(engine, body, plan, bodyContext(plan, bucket, objectKey, uid, 0), range);
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
    const context = bodyContext(plan, bucket, objectKey, uid, part.partNumber);
    yield* openBody(engine, decodePart(stored.value).body, plan, context, within);
  }
}
