import { type EncryptionContext, Sealer, sealSmall } from "@strongroom/envelope";
import type { Engine } from "../engine.ts";
import type { IndexBatch } from "../index/index-port.ts";
import type { Checksum, ChecksumAlgorithm, EncryptionPlan } from "../model.ts";
import type { BodyIntegrity } from "../object-store.ts";
import { blobReferenceKey } from "../record-keys.ts";
import type { SealedBody } from "../records.ts";
import { newUid } from "../version-id.ts";
import { PlaintextDigests } from "./plaintext-digests.ts";

export interface BodyToSeal {
  readonly body: AsyncIterable<Uint8Array>;
  readonly integrity: BodyIntegrity;
  readonly plan: EncryptionPlan;
  /** What the data key is bound to. */
  readonly context: EncryptionContext;
  readonly checksumAlgorithm: ChecksumAlgorithm;
}

/**
 * A body that is sealed and, when it is a blob, durable. `claims` must be part of the commit that names it;
 * whoever does not commit calls `discard`.
 */
export interface FreshBody {
  readonly sealed: SealedBody;
  readonly md5: Buffer;
  readonly checksum: Checksum;
  readonly claims: Pick<IndexBatch, "puts" | "putPayloads">;
  discard(): Promise<void>;
}

const NOTHING = Buffer.alloc(0);

/**
 * Draws a fresh data key, seals the body under it and checks every claim about the plaintext. Bodies up to
 * `limits.inlineBytes` stay in memory for the index; longer ones stream to the blob store, a few chunks at a time.
 */
export async function sealBody(engine: Engine, input: BodyToSeal): Promise<FreshBody> {
  using digests = new PlaintextDigests(input.integrity, input.checksumAlgorithm);
  const { plaintext, encrypted } = await engine.keyringFor(input.plan).generateDataKey(input.context);
  using dataKey = plaintext;
  const pieces: Uint8Array[] = [];
  let heldBytes = 0;
  const source = input.body[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await source.next();
      if (next.done === true) break;
      digests.update(next.value);
      pieces.push(next.value);
      heldBytes += next.value.length;
      if (heldBytes > engine.limits.inlineBytes) {
        return await sealToBlob(engine, new Sealer(dataKey), pieces, source, digests, encrypted);
      }
    }
  } catch (error) {
    await source.return?.();
    throw error;
  }
  const { md5, checksum, sizeBytes } = digests.finish();
  const only = pieces.length === 1 ? (pieces[0] ?? NOTHING) : Buffer.concat(pieces, heldBytes);
  const id = newUid();
  return {
    sealed: { location: { in: "payload", id }, encryptedDataKey: encrypted, sizeBytes },
    md5,
    checksum,
    claims: { putPayloads: [{ id, bytes: sealSmall(dataKey, only) }] },
    discard: async () => {},
  };
}

async function sealToBlob(
  engine: Engine,
  sealer: Sealer,
  held: Uint8Array[],
  rest: AsyncIterator<Uint8Array>,
  digests: PlaintextDigests,
  encryptedDataKey: Uint8Array,
): Promise<FreshBody> {
  let result: ReturnType<PlaintextDigests["finish"]> | null = null;
  async function* sealedPieces(): AsyncGenerator<Uint8Array> {
    yield sealer.header();
    for (const piece of held.splice(0)) yield* sealer.update(piece);
    for (;;) {
      const next = await rest.next();
      if (next.done === true) break;
      digests.update(next.value);
      yield* sealer.update(next.value);
    }
    result = digests.finish();
    yield* sealer.final();
  }
  const blob = await engine.blobs.write(sealedPieces());
  // The generator ran to its end, or `write` would have thrown.
  const { md5, checksum, sizeBytes } = result ?? digests.finish();
  return {
    sealed: { location: { in: "blob", id: blob.id }, encryptedDataKey, sizeBytes },
    md5,
    checksum,
    claims: { puts: [{ key: blobReferenceKey(blob.id), value: NOTHING }] },
    discard: () => engine.blobs.delete(blob.id),
  };
}
