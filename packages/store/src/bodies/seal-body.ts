import { createHash, type Hash, randomBytes } from "node:crypto";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { ObjectEncryption } from "../encryption/encryption.ts";
import type { ObjectKeyrings } from "../encryption/encryptor.ts";
import type { Engine } from "../engine.ts";
import type { IndexBatch } from "../index/index-port.ts";
import type { Checksum, ChecksumAlgorithm } from "../model.ts";
import type { BodyIntegrity } from "../object-store.ts";
import { blobReferenceKey } from "../record-keys.ts";
import type { SealedBody } from "../records.ts";
import { newUid } from "../version-id.ts";
import { type BodyName, bodyContext } from "./body-context.ts";
import { type BodySealer, createBodySealer, type LayerKeys, sealInline } from "./layered-sealer.ts";
import { PlaintextDigests, type VerifiedDigests } from "./plaintext-digests.ts";

export interface BodyToSeal {
  readonly body: AsyncIterable<Uint8Array>;
  readonly integrity: BodyIntegrity;
  readonly encryption: ObjectEncryption;
  /** Wrap the body's data keys. */
  readonly keyrings: ObjectKeyrings;
  /** What the data keys are bound to. */
  readonly name: BodyName;
  readonly checksumAlgorithm: ChecksumAlgorithm;
}

/**
 * A body that is sealed and, when it is a blob, durable. `claims` must be part of the commit that names it;
 * whoever does not commit calls `discard`. Disposing of it wipes its data keys.
 */
export interface FreshBody extends Disposable {
  readonly sealed: SealedBody;
  /**
   * 32 hex digits: the plaintext's MD5 under SSE-S3. Under the other schemes they are random, as S3's are: an MD5
   * would tell those who may list, but not read, whether two bodies are the same.
   */
  readonly etag: string;
  readonly checksum: Checksum;
  readonly claims: Pick<IndexBatch, "puts" | "putPayloads">;
  discard(): Promise<void>;
  /** The same with its data keys wrapped under the master key of now: the one before may be given up meanwhile. */
  wrapAnew(): Promise<SealedBody>;
}

const NOTHING = Buffer.alloc(0);
const ETAG_SIZE_BYTES = 16;
/** Keys of a body that took longer are wrapped again at its end: the master key may be an older one by then. */
const WRAPPED_FOR_MS = 5_000;
/** From this size on, company for the MD5 is worth a turn of the event loop. */
const SHARED_TURN_BYTES = 32 * 1024;

/** The body's data keys as they are kept. */
type WrappedKeys = Pick<SealedBody, "encryptedDataKey" | "outerDataKey">;

/**
 * Draws fresh data keys, seals the body under them and checks every claim about the plaintext. Bodies up to
 * `limits.inlineBytes` stay in memory for the index; longer ones stream to the blob store, a few chunks at a time.
 */
export async function sealBody(engine: Engine, input: BodyToSeal): Promise<FreshBody> {
  const hasMd5Etag = input.encryption.scheme === "sse-s3";
  using digests = new PlaintextDigests(input.integrity, input.checksumAlgorithm, hasMd5Etag);
  const drawn = await drawKeys(input);
  try {
    const sealed = await sealUnder(engine, input, digests, drawn);
    return {
      ...sealed,
      wrapAnew: async () => ({ ...sealed.sealed, ...(await wrapKeys(input, drawn)) }),
      [Symbol.dispose]: () => wipeKeys(drawn.keys),
    };
  } catch (error) {
    wipeKeys(drawn.keys);
    throw error;
  }
}

function wipeKeys({ inner, outer }: LayerKeys): void {
  inner.wipe();
  outer?.wipe();
}

async function sealUnder(
  engine: Engine,
  input: BodyToSeal,
  digests: PlaintextDigests,
  drawn: DrawnKeys,
): Promise<Omit<FreshBody, "wrapAnew" | typeof Symbol.dispose>> {
  const hasMd5Etag = input.encryption.scheme === "sse-s3";
  const { keys } = drawn;
  const sealedHash = input.encryption.scheme === "sse-c" ? createHash("sha256") : null;
  const begunMs = engine.clock.nowMs();
  const wrapLast = async (): Promise<WrappedKeys> =>
    engine.clock.nowMs() - begunMs < WRAPPED_FOR_MS ? drawn.wrapped : wrapKeys(input, drawn);
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
        const sealer = createBodySealer(keys);
        const { id, result } = await sealToBlob(engine, sealer, pieces, source, {
          digests,
          sealedHash,
        });
        const location = { in: "blob", id } as const;
        const wrapped = await wrapOrDiscard(engine, id, wrapLast);
        const sealed = { location, ...wrapped, sizeBytes: result.sizeBytes, ...digestOf(sealedHash) };
        return {
          ...facts(sealed, result, hasMd5Etag),
          claims: { puts: [{ key: blobReferenceKey(id), value: NOTHING }] },
          discard: () => engine.blobs.delete(id),
        };
      }
    }
    // Bodies that came in together are hashed together: what else arrived is taken in first.
    if (hasMd5Etag && heldBytes >= SHARED_TURN_BYTES) await nextTurn();
    const result = digests.finish();
    const only = pieces.length === 1 ? (pieces[0] ?? NOTHING) : Buffer.concat(pieces, heldBytes);
    const id = newUid();
    const location = { in: "payload", id } as const;
    const wrapped = await wrapLast();
    const bytes = sealInline(keys, only);
    sealedHash?.update(bytes);
    const sealed = { location, ...wrapped, sizeBytes: result.sizeBytes, ...digestOf(sealedHash) };
    return {
      ...facts(sealed, result, hasMd5Etag),
      claims: { putPayloads: [{ id, bytes }] },
      discard: async () => {},
    };
  } catch (error) {
    await source.return?.();
    throw error;
  }
}

interface DrawnKeys {
  readonly keys: LayerKeys;
  readonly wrapped: WrappedKeys;
}

async function drawKeys(input: BodyToSeal): Promise<DrawnKeys> {
  const { encryption, keyrings, name } = input;
  const inner = await keyrings.inner.generateDataKey(bodyContext(encryption, name));
  if (keyrings.outer === null) {
    return { keys: { inner: inner.plaintext, outer: null }, wrapped: { encryptedDataKey: inner.encrypted } };
  }
  const outer = await keyrings.outer.generateDataKey(bodyContext(encryption, name, "outer"));
  return {
    keys: { inner: inner.plaintext, outer: outer.plaintext },
    wrapped: { encryptedDataKey: inner.encrypted, outerDataKey: outer.encrypted },
  };
}

/** As `drawn`, with the one that hangs on a master key wrapped again under the master key of now. */
async function wrapKeys(
  { encryption, keyrings, name }: BodyToSeal,
  { keys, wrapped }: DrawnKeys,
): Promise<WrappedKeys> {
  if (encryption.scheme === "sse-s3") {
    return {
      encryptedDataKey: await keyrings.inner.encryptDataKey(keys.inner, bodyContext(encryption, name)),
    };
  }
  if (keyrings.outer === null || keys.outer === null) return wrapped;
  const context = bodyContext(encryption, name, "outer");
  return { ...wrapped, outerDataKey: await keyrings.outer.encryptDataKey(keys.outer, context) };
}

async function wrapOrDiscard(
  engine: Engine,
  id: string,
  wrap: () => Promise<WrappedKeys>,
): Promise<WrappedKeys> {
  try {
    return await wrap();
  } catch (error) {
    await engine.blobs.delete(id);
    throw error;
  }
}

function facts(
  sealed: SealedBody,
  { md5, checksum }: VerifiedDigests,
  hasMd5Etag: boolean,
): Pick<FreshBody, "sealed" | "etag" | "checksum"> {
  const etag = hasMd5Etag && md5 !== null ? md5 : randomBytes(ETAG_SIZE_BYTES);
  return { sealed, etag: etag.toString("hex"), checksum };
}

async function sealToBlob(
  engine: Engine,
  sealer: BodySealer,
  held: Uint8Array[],
  rest: AsyncIterator<Uint8Array>,
  { digests, sealedHash }: { readonly digests: PlaintextDigests; readonly sealedHash: Hash | null },
): Promise<{ readonly id: string; readonly result: VerifiedDigests }> {
  async function* sealedPieces(): AsyncGenerator<Uint8Array> {
    yield* sealer.header();
    for (const piece of held.splice(0)) yield* sealer.update(piece);
    for (;;) {
      const next = await rest.next();
      if (next.done === true) break;
      digests.update(next.value);
      yield* sealer.update(next.value);
    }
    digests.requireComplete();
    yield* sealer.final();
  }
  const stored = sealedHash === null ? sealedPieces() : hashed(sealedPieces(), sealedHash);
  const { id } = await engine.blobs.write(stored);
  try {
    // Bodies that became durable with one flush are hashed together.
    return { id, result: digests.finish() };
  } catch (error) {
    await engine.blobs.delete(id);
    throw error;
  }
}

async function* hashed(pieces: AsyncIterable<Uint8Array>, hash: Hash): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) {
    hash.update(piece);
    yield piece;
  }
}

function digestOf(hash: Hash | null): Pick<SealedBody, "sealedDigest"> {
  return hash === null ? {} : { sealedDigest: hash.digest() };
}
