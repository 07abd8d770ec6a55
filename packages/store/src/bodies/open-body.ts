import { HEADER_SIZE_BYTES, Opener, openObject, sealedSize, spanOf } from "@strongroom/envelope";
import type { ObjectEncryption } from "../encryption/encryption.ts";
import type { ObjectKeyrings } from "../encryption/encryptor.ts";
import type { Engine } from "../engine.ts";
import type { SealedBody } from "../records.ts";
import { StoreError } from "../store-error.ts";
import { type BodyLayer, type BodyName, bodyContext } from "./body-context.ts";
import { findOpener, keepOpener } from "./opened-bodies.ts";

/** Thrown before the first byte when the body went away between reading its record and opening it. */
export class BodyGoneError extends Error {
  override readonly name = "BodyGoneError";
}

export interface Range {
  readonly start: number;
  readonly end: number;
}

/** One sealed body with all that opens it. */
export interface BodyToOpen {
  readonly body: SealedBody;
  readonly encryption: ObjectEncryption;
  readonly keyrings: ObjectKeyrings;
  readonly name: BodyName;
}

/** As `openBody`, in one piece, for a body that lies in the index. */
export async function openInlineBody(engine: Engine, input: BodyToOpen, range: Range): Promise<Uint8Array> {
  const { body } = input;
  requireLayers(input);
  const sealed = await engine.index.readPayload(body.location.id);
  if (sealed === null) throw new BodyGoneError();
  if (body.outerDataKey === undefined) {
    const opener = await requireOpener(engine, input, "inner", sealed);
    return opener.openAll(sealed, range, body.sizeBytes);
  }
  const outer = await requireOpener(engine, input, "outer", sealed);
  const innerSealed = outer.openAll(sealed, undefined, sealedSize(body.sizeBytes));
  const inner = await requireOpener(engine, input, "inner", innerSealed);
  return inner.openAll(innerSealed, range, body.sizeBytes);
}

/**
 * Plaintext `[start, end)` of one sealed body; each chunk only after its tag verified. Whatever is wrong with the
 * stored bytes or the wrapped key throws an error of kind "integrity".
 */
export async function* openBody(engine: Engine, input: BodyToOpen, range: Range): AsyncGenerator<Uint8Array> {
  const { body } = input;
  const { id, in: place } = body.location;
  if (place === "payload") {
    yield await openInlineBody(engine, input, range);
    return;
  }
  requireLayers(input);
  const read: ReadSealed = (start, end, isToEnd) => engine.blobs.read(id, start, end, isToEnd);
  const openerOf = (layer: BodyLayer) => (header: Uint8Array) => requireOpener(engine, input, layer, header);
  if (body.outerDataKey === undefined) {
    yield* openLayer(read, openerOf("inner"), body.sizeBytes, range);
    return;
  }
  const innerSizeBytes = sealedSize(body.sizeBytes);
  const readInner: ReadSealed = (start, end) =>
    openLayer(read, openerOf("outer"), innerSizeBytes, { start, end });
  yield* openLayer(readInner, openerOf("inner"), body.sizeBytes, range);
}

/** docs/format/object-encryption.md E-5: a body has the layers of its scheme, no more and no fewer. */
function requireLayers({ body, keyrings }: BodyToOpen): void {
  if ((body.outerDataKey === undefined) === (keyrings.outer === null)) return;
  throw new StoreError("InternalError", "integrity", "A body does not have the layers of its scheme.");
}

/** Reads `[start, end)` of a sealed object; `isToEnd` tells that nothing follows. */
type ReadSealed = (start: number, end: number, isToEnd: boolean) => AsyncIterable<Uint8Array>;

/** A plaintext range of one layer over whatever its sealed bytes are read from. */
async function* openLayer(
  read: ReadSealed,
  openerFor: (header: Uint8Array) => Promise<Opener>,
  sizeBytes: number,
  range: Range,
): AsyncGenerator<Uint8Array> {
  const span = spanOf(range, sizeBytes);
  const isToEnd = span.sealedEnd === sealedSize(sizeBytes);
  if (span.sealedStart !== HEADER_SIZE_BYTES) {
    const opener = await openerFor(await readHeader(read));
    yield* openObject(read(span.sealedStart, span.sealedEnd, isToEnd), opener, span);
    return;
  }
  // From the first chunk on, header and chunks are one read.
  const source = read(0, span.sealedEnd, isToEnd)[Symbol.asyncIterator]();
  try {
    const header = await takeHeader(source);
    const opener = await openerFor(header.bytes);
    yield* openObject(continued(header.rest, source), opener, span);
  } finally {
    await source.return?.();
  }
}

/** What opens the chunks of a layer that begins with these bytes; unwraps its data key unless that was done lately. */
async function requireOpener(
  engine: Engine,
  { body, encryption, keyrings, name }: BodyToOpen,
  layer: BodyLayer,
  header: Uint8Array,
): Promise<Opener> {
  // Where a key service or a customer must give the key, it is asked for, and the answer obeyed, at every use. A bucket's
  // key was asked for when the keyrings were made, and lies in this process as long as what is kept here.
  const mayKeep = encryption.scheme === "sse-s3" || (encryption.scheme === "sse-kms" && encryption.bucketKey);
  const nowMs = engine.clock.nowMs();
  const known = mayKeep ? findOpener(body, header, nowMs) : null;
  if (known !== null) return known;
  const keyring = layer === "inner" ? keyrings.inner : keyrings.outer;
  const wrapped = layer === "inner" ? body.encryptedDataKey : body.outerDataKey;
  if (keyring === null || wrapped === undefined) {
    throw new StoreError("InternalError", "integrity", "A layer of the object has no key.");
  }
  using dataKey = await keyring.decryptDataKey(wrapped, bodyContext(encryption, name, layer));
  if (dataKey === null) {
    throw new StoreError("InternalError", "integrity", "No key of this server opens the object's data key.");
  }
  const opener = new Opener(dataKey, header);
  if (mayKeep) keepOpener(body, opener, nowMs);
  return opener;
}

async function readHeader(read: ReadSealed): Promise<Buffer> {
  const source = read(0, HEADER_SIZE_BYTES, false)[Symbol.asyncIterator]();
  try {
    return (await takeHeader(source)).bytes;
  } finally {
    // Its end was not read: whatever it holds open is let go here.
    await source.return?.();
  }
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
