import {
  type EncryptionContext,
  HEADER_SIZE_BYTES,
  Opener,
  openObject,
  sealedSize,
  spanOf,
} from "@strongroom/envelope";
import type { Engine } from "../engine.ts";
import type { EncryptionPlan } from "../model.ts";
import type { SealedBody } from "../records.ts";
import { StoreError } from "../store-error.ts";
import { findOpener, keepOpener } from "./opened-bodies.ts";

/** Thrown before the first byte when the body went away between reading its record and opening it. */
export class BodyGoneError extends Error {
  override readonly name = "BodyGoneError";
}

interface Range {
  readonly start: number;
  readonly end: number;
}

/** As `openBody`, in one piece, for a body that lies in the index. */
export async function openInlineBody(
  engine: Engine,
  body: SealedBody,
  plan: EncryptionPlan,
  context: EncryptionContext,
  range: Range,
): Promise<Uint8Array> {
  const sealed = await engine.index.readPayload(body.location.id);
  if (sealed === null) throw new BodyGoneError();
  const opener = await requireOpener(engine, body, plan, context, sealed);
  return opener.openAll(sealed, range, body.sizeBytes);
}

/**
 * Plaintext `[start, end)` of one sealed body; each chunk only after its tag verified. Whatever is wrong with the
 * stored bytes or the wrapped key throws an error of kind "integrity".
 */
export async function* openBody(
  engine: Engine,
  body: SealedBody,
  plan: EncryptionPlan,
  context: EncryptionContext,
  range: Range,
): AsyncGenerator<Uint8Array> {
  if (body.location.in === "payload") {
    yield await openInlineBody(engine, body, plan, context, range);
    return;
  }
  const span = spanOf(range, body.sizeBytes);
  const { id } = body.location;
  const isToEnd = span.sealedEnd === sealedSize(body.sizeBytes);
  if (span.sealedStart !== HEADER_SIZE_BYTES) {
    const header = await takeHeader(engine.blobs.read(id, 0, HEADER_SIZE_BYTES)[Symbol.asyncIterator]());
    const opener = await requireOpener(engine, body, plan, context, header.bytes);
    yield* openObject(engine.blobs.read(id, span.sealedStart, span.sealedEnd, isToEnd), opener, span);
    return;
  }
  // From the first chunk on, header and chunks are one read.
  const source = engine.blobs.read(id, 0, span.sealedEnd, isToEnd)[Symbol.asyncIterator]();
  try {
    const header = await takeHeader(source);
    const opener = await requireOpener(engine, body, plan, context, header.bytes);
    yield* openObject(continued(header.rest, source), opener, span);
  } finally {
    await source.return?.();
  }
}

/** What opens the chunks of a body that begins with these bytes; unwraps its data key unless that was done lately. */
async function requireOpener(
  engine: Engine,
  body: SealedBody,
  plan: EncryptionPlan,
  context: EncryptionContext,
  header: Uint8Array,
): Promise<Opener> {
  // The key service is asked, and its answer obeyed, at every use of a customer's key.
  const mayKeep = plan.scheme === "sse-s3";
  const nowMs = engine.clock.nowMs();
  const known = mayKeep ? findOpener(body, header, nowMs) : null;
  if (known !== null) return known;
  using dataKey = await engine.keyringFor(plan).decryptDataKey(body.encryptedDataKey, context);
  if (dataKey === null) {
    throw new StoreError("InternalError", "integrity", "No key of this server opens the object's data key.");
  }
  const opener = new Opener(dataKey, header);
  if (mayKeep) keepOpener(body, opener, nowMs);
  return opener;
}

/** The header, and what came after it in the piece that completed it. */
async function takeHeader(source: AsyncIterator<Uint8Array>): Promise<{ bytes: Buffer; rest: Uint8Array }> {
  let held = Buffer.alloc(0);
  for (;;) {
    const next = await source.next();
    if (next.done === true) return { bytes: held, rest: new Uint8Array(0) };
    const missing = HEADER_SIZE_BYTES - held.length;
    held = Buffer.concat([held, next.value.subarray(0, missing)]);
    if (held.length === HEADER_SIZE_BYTES) return { bytes: held, rest: next.value.subarray(missing) };
  }
}

async function* continued(first: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (first.length > 0) yield first;
  for (;;) {
    const next = await rest.next();
    if (next.done === true) return;
    yield next.value;
  }
}
