import { sealBody } from "../bodies/seal-body.ts";
import { readBucket } from "../buckets/read-bucket.ts";
import { NO_KEYS } from "../encryption/request-keys.ts";
import type { Engine } from "../engine.ts";
import type { StoredVersion } from "../model.ts";
import type { CopyObjectInput } from "../object-store.ts";
import { newUid } from "../version-id.ts";
import { requireLockable } from "./object-lock.ts";
import { openObject } from "./open-object.ts";
import { commitWhole, refuseEarly } from "./put-object.ts";

/** Opens the source and seals it anew: the target shares neither bytes nor keys with it [L-44] [L-81]. */
export async function copyObject(engine: Engine, input: CopyObjectInput): Promise<StoredVersion> {
  const lock = { retention: input.retention ?? null, legalHold: input.legalHold ?? null };
  requireLockable((await readBucket(engine, input.bucket)).bucket, lock);
  const { version: source, read } = await openObject(engine, input.source);
  input.checkSource(source);
  await refuseEarly(engine, input.bucket, input.objectKey, input.conditions);
  const uid = newUid();
  const { bucket, objectKey } = input;
  const { encryption, keyrings: made } = await engine.encryptor.begin(
    input.plan,
    input.keys ?? NO_KEYS,
    input,
  );
  using keyrings = made;
  const algorithm = input.checksumAlgorithm ?? source.checksum?.algorithm ?? "CRC64NVME";
  const fresh = await sealBody(engine, {
    body: read(0, source.sizeBytes),
    integrity: { sizeBytes: source.sizeBytes },
    encryption,
    keyrings,
    name: { bucket, objectKey, uid, partNumber: 0 },
    checksumAlgorithm: algorithm,
  });
  return commitWhole(engine, fresh, uid, {
    bucket,
    objectKey,
    ownerId: input.ownerId,
    conditions: input.conditions,
    announce: input.announce,
    encryption,
    headers: input.headers ?? source.headers,
    userMetadata: input.userMetadata ?? source.userMetadata,
    tags: input.tags ?? source.tags,
    storageClass: input.storageClass,
    accessList: input.accessList ?? null,
    ...lock,
  });
}
