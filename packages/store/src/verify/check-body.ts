import { createHash } from "node:crypto";
import { ServiceError } from "@strongroom/base";
import { findMasterKeyVersion, HEADER_SIZE_BYTES, requireHeaderForm, sealedSize } from "@strongroom/envelope";
import { BlobStoreError } from "../blobs/blob-store-error.ts";
import { BlobMissingError } from "../blobs/blob-store-port.ts";
import { type BodyName, bodyContext } from "../bodies/body-context.ts";
import { BodyGoneError, type BodyToOpen, openBody } from "../bodies/open-body.ts";
import type { ObjectEncryption } from "../encryption/encryption.ts";
import type { ObjectKeyrings } from "../encryption/encryptor.ts";
import type { Engine } from "../engine.ts";
import { blobReferenceKey } from "../record-keys.ts";
import type { SealedBody } from "../records.ts";
import type { Depth, Problem } from "./finding.ts";

/** A body to be looked at; `keyrings` is null where its key is not to be had. */
export interface BodyToCheck {
  readonly body: SealedBody;
  readonly encryption: ObjectEncryption;
  readonly keyrings: ObjectKeyrings | null;
  readonly name: BodyName;
}

export interface BodyCheck {
  readonly depth: Depth;
  /** As stored, by the record. */
  readonly sealedBytes: number;
  readonly fault: Fault | null;
}

export interface Fault {
  readonly problem: Problem;
  readonly detail: string;
}

/** Called with the number of bytes that were just read: may wait, to hold a rate. */
export type Pace = (readBytes: number) => Promise<void>;

/** Everything about one body that can be told with the keys at hand. Rejects only with what is not about the body. */
export async function checkBody(engine: Engine, input: BodyToCheck, pace: Pace): Promise<BodyCheck> {
  const { body, keyrings } = input;
  const depth = keyrings !== null ? "opened" : body.sealedDigest === undefined ? "form" : "digest";
  const sealedBytes = storedSize(input);
  const done = (fault: Fault | null): BodyCheck => ({ depth, sealedBytes, fault });
  try {
    const { location } = body;
    if (location.in === "blob" && (await engine.index.get(blobReferenceKey(location.id))) === null) {
      return done({ problem: "unreferenced", detail: "the sealed bytes are not marked as in use" });
    }
    if (keyrings === null) await readSealed(engine, body, sealedBytes, pace);
    else {
      const fault = await checkWrapping(input, keyrings);
      if (fault !== null) return done(fault);
      await openAll(engine, { ...input, keyrings }, pace);
    }
    return done(null);
  } catch (error) {
    const fault = faultOf(error);
    if (fault === null) throw error;
    return done(fault);
  }
}

/** The key that a body hangs on, as a report names it. */
export function keyNameOf(encryption: ObjectEncryption, body: SealedBody | null): string | null {
  switch (encryption.scheme) {
    case "sse-kms":
    case "dsse-kms":
      return encryption.keyArn;
    case "sse-c":
      return "customer's key";
    case "sse-s3": {
      if (body === null) return null;
      try {
        const version = findMasterKeyVersion(body.encryptedDataKey);
        return version === null ? null : `master key ${version}`;
      } catch {
        return null;
      }
    }
  }
}

/** Bytes of a body as stored. */
function storedSize({ body, encryption }: Pick<BodyToCheck, "body" | "encryption">): number {
  const inner = sealedSize(body.sizeBytes);
  return encryption.scheme === "dsse-kms" ? sealedSize(inner) : inner;
}

/** Whether the wrapped data keys open for just this body. */
async function checkWrapping(
  { body, encryption, name }: BodyToCheck,
  keyrings: ObjectKeyrings,
): Promise<Fault | null> {
  for (const layer of ["inner", "outer"] as const) {
    const wrapped = layer === "inner" ? body.encryptedDataKey : body.outerDataKey;
    const keyring = keyrings[layer];
    if (wrapped === undefined || keyring === null) continue;
    try {
      const dataKey = await keyring.decryptDataKey(wrapped, bodyContext(encryption, name, layer));
      if (dataKey === null)
        return { problem: "key-altered", detail: "no key of the object's scheme opens it" };
      dataKey.wipe();
    } catch (error) {
      if (!(error instanceof ServiceError) || error.kind !== "integrity") throw error;
      return { problem: "key-altered", detail: error.message };
    }
  }
  return null;
}

async function openAll(engine: Engine, input: BodyToOpen, pace: Pace): Promise<void> {
  for await (const chunk of openBody(engine, input, { start: 0, end: input.body.sizeBytes })) {
    await pace(chunk.length);
  }
}

/** Without a key: the length, the header's form and, where the record keeps one, the digest of every byte. */
async function readSealed(engine: Engine, body: SealedBody, sealedBytes: number, pace: Pace): Promise<void> {
  const hash = createHash("sha256");
  const head: Uint8Array[] = [];
  let readBytes = 0;
  for await (const piece of piecesOf(engine, body, sealedBytes)) {
    if (readBytes < HEADER_SIZE_BYTES) head.push(Buffer.from(piece.subarray(0, HEADER_SIZE_BYTES)));
    hash.update(piece);
    readBytes += piece.length;
    await pace(piece.length);
  }
  if (readBytes !== sealedBytes) throw new BlobMissingError("the bytes are not as many as the record says");
  requireHeaderForm(Buffer.concat(head));
  const { sealedDigest } = body;
  if (sealedDigest !== undefined && !hash.digest().equals(sealedDigest)) throw new DigestError();
}

async function* piecesOf(
  engine: Engine,
  { location }: SealedBody,
  sealedBytes: number,
): AsyncGenerator<Uint8Array> {
  if (location.in === "blob") {
    yield* engine.blobs.read(location.id, 0, sealedBytes, true);
    return;
  }
  const payload = await engine.index.readPayload(location.id);
  if (payload === null) throw new BodyGoneError();
  yield Buffer.from(payload);
}

class DigestError extends Error {
  override readonly name = "DigestError";
}

/** null: the failure is not one of the stored bytes. */
function faultOf(error: unknown): Fault | null {
  if (error instanceof BlobMissingError) return { problem: "bytes-missing", detail: error.message };
  if (error instanceof BodyGoneError) {
    return { problem: "bytes-missing", detail: "the sealed bytes are not in the index" };
  }
  if (error instanceof DigestError) {
    return { problem: "bytes-altered", detail: "the sealed bytes have another digest than was kept" };
  }
  if (error instanceof BlobStoreError && error.cause instanceof Error && "code" in error.cause) {
    return error.cause.code === "EIO" ? { problem: "bytes-missing", detail: error.message } : null;
  }
  if (!(error instanceof ServiceError) || error.kind !== "integrity") return null;
  const problem = error.code === "WrongKey" ? "bytes-foreign" : "bytes-altered";
  return { problem, detail: error.message };
}
