import { sealBody } from "../bodies/seal-body.ts";
import { requireReadKeys } from "../encryption/encryptor.ts";
import { NO_KEYS, type RequestKeys } from "../encryption/request-keys.ts";
import { wrapAboveFloor } from "../encryption/wrap-floor.ts";
import { type Engine, untilCommitted } from "../engine.ts";
import type { ObjectPart } from "../model.ts";
import type { BodyIntegrity, UploadPartCopyInput, UploadPartInput, UploadSelector } from "../object-store.ts";
import { openObject } from "../objects/open-object.ts";
import { ChainChange, commitChange } from "../objects/version-chain.ts";
import { blobReferenceKey, partKey } from "../record-keys.ts";
import { decodePart, encodePart, type PartRecord, type UploadRecord } from "../records.ts";
import { readUpload, toObjectPart } from "./read-upload.ts";

/** Seals one part under a data key of its own; an earlier part of this number is replaced [L-2]. */
export async function uploadPart(engine: Engine, input: UploadPartInput): Promise<ObjectPart> {
  const { upload } = await readUpload(engine, input);
  return storePart(engine, input, upload, input.body, input.integrity);
}

/** As `uploadPart` with (a range of) another object's plaintext as the body; encryption is the upload's [L-42]. */
export async function uploadPartCopy(engine: Engine, input: UploadPartCopyInput): Promise<ObjectPart> {
  const { upload } = await readUpload(engine, input);
  const { version: source, read } = await openObject(engine, input.source);
  input.checkSource(source);
  const { start, end } = input.range ?? { start: 0, end: source.sizeBytes };
  return storePart(engine, input, upload, read(start, end), { sizeBytes: end - start });
}

async function storePart(
  engine: Engine,
  selector: UploadSelector & { readonly partNumber: number; readonly keys?: RequestKeys | undefined },
  upload: UploadRecord,
  body: AsyncIterable<Uint8Array>,
  integrity: BodyIntegrity,
): Promise<ObjectPart> {
  const { bucket, objectKey, partNumber } = selector;
  const keys = selector.keys ?? NO_KEYS;
  requireReadKeys(upload.encryption, keys);
  using keyrings = await engine.encryptor.resume(upload.encryption, keys, selector);
  using fresh = await sealBody(engine, {
    body,
    integrity,
    encryption: upload.encryption,
    keyrings,
    name: { bucket, objectKey, uid: upload.uid, partNumber },
    checksumAlgorithm: upload.checksumAlgorithm ?? "CRC64NVME",
  });
  const { etag, checksum } = fresh;
  const modifiedMs = engine.clock.nowMs();
  const key = partKey(upload.uid, partNumber);
  try {
    return await untilCommitted(async () => {
      const { sealed, check } = await wrapAboveFloor(engine, fresh);
      const record: PartRecord = { body: sealed, etag, modifiedMs, checksum };
      const change = new ChainChange();
      change.checks.push(check);
      change.requireUnchanged({ stored: (await readUpload(engine, selector)).uploadStored });
      const replaced = await engine.index.get(key);
      if (replaced === null) change.requireAbsent(key);
      else {
        change.requireUnchanged({ stored: replaced });
        freePart(change, decodePart(replaced.value));
      }
      change.add(fresh.claims);
      change.puts.push({ key, value: encodePart(record) });
      await commitChange(engine, change);
      return toObjectPart(partNumber, record, upload.checksumAlgorithm !== null);
    });
  } catch (error) {
    await fresh.discard();
    throw error;
  }
}

/** Lets go of a part's bytes. */
export function freePart(change: ChainChange, part: PartRecord): void {
  const { location } = part.body;
  if (location.in === "payload") change.deletePayloads.push(location.id);
  else {
    change.deletes.push(blobReferenceKey(location.id));
    change.freedBlobs.push(location.id);
  }
}
