import {
  type EncryptionContext,
  HEADER_SIZE_BYTES,
  Opener,
  openObject,
  openSmall,
  spanOf,
} from "@strongroom/envelope";
import type { Engine } from "../engine.ts";
import type { EncryptionPlan } from "../model.ts";
import type { SealedBody } from "../records.ts";
import { StoreError } from "../store-error.ts";

/** Thrown before the first byte when the body went away between reading its record and opening it. */
export class BodyGoneError extends Error {
  override readonly name = "BodyGoneError";
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
  range: { readonly start: number; readonly end: number },
): AsyncGenerator<Uint8Array> {
  using dataKey = await engine.keyringFor(plan).decryptDataKey(body.encryptedDataKey, context);
  if (dataKey === null) {
    throw new StoreError("InternalError", "integrity", "No key of this server opens the object's data key.");
  }
  if (body.location.in === "payload") {
    const sealed = await engine.index.readPayload(body.location.id);
    if (sealed === null) throw new BodyGoneError();
    yield openSmall(dataKey, sealed, range, body.sizeBytes);
    return;
  }
  const span = spanOf(range, body.sizeBytes);
  const header = await readExactly(engine.blobs.read(body.location.id, 0, HEADER_SIZE_BYTES));
  const opener = new Opener(dataKey, header);
  yield* openObject(engine.blobs.read(body.location.id, span.sealedStart, span.sealedEnd), opener, span);
}

async function readExactly(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of source) pieces.push(piece);
  return Buffer.concat(pieces);
}
