import { type FreshBody, sealBody } from "../bodies/seal-body.ts";
import { readBucket } from "../buckets/read-bucket.ts";
import { NO_KEYS } from "../encryption/request-keys.ts";
import { wrapAboveFloor } from "../encryption/wrap-floor.ts";
import { type Engine, untilCommitted } from "../engine.ts";
import { announcing, type Happening } from "../events/announce.ts";
import type { Announced } from "../events/object-event.ts";
import type { ObjectAttributes, StoredVersion } from "../model.ts";
import type { PutObjectInput, WriteConditions } from "../object-store.ts";
import type { VersionRecord } from "../records.ts";
import { newUid } from "../version-id.ts";
import { insertVersion } from "./insert-version.ts";
import { lockOfNew, requireLockable } from "./object-lock.ts";
import { toStoredVersion } from "./stored-version.ts";
import { commitChange, readCurrent, versionIdOf } from "./version-chain.ts";
import { checkWriteConditions } from "./write-conditions.ts";

/**
 * Seals the body and makes it the newest version. Conditions are judged before the body is read, to refuse early, and
 * again inside the commit, which is what counts.
 */
export async function putObject(engine: Engine, input: PutObjectInput): Promise<StoredVersion> {
  requireLockable((await readBucket(engine, input.bucket)).bucket, input);
  await refuseEarly(engine, input.bucket, input.objectKey, input.conditions);
  const uid = newUid();
  const { bucket, objectKey } = input;
  const { encryption, keyrings: made } = await engine.encryptor.begin(
    input.plan,
    input.keys ?? NO_KEYS,
    input,
  );
  using keyrings = made;
  const fresh = await sealBody(engine, {
    body: input.body,
    integrity: input.integrity,
    encryption,
    keyrings,
    name: { bucket, objectKey, uid, partNumber: 0 },
    checksumAlgorithm: input.integrity.checksum?.algorithm ?? "CRC64NVME",
  });
  return commitWhole(engine, fresh, uid, { ...input, encryption });
}

export async function refuseEarly(
  engine: Engine,
  bucket: string,
  objectKey: string,
  conditions: WriteConditions,
): Promise<void> {
  if (conditions.ifMatch === undefined && conditions.ifNoneMatch === undefined) return;
  const current = await readCurrent(engine, bucket, objectKey);
  checkWriteConditions(conditions, current?.record.kind === "version" ? current.record.etag : null);
}

export interface WholeObject extends ObjectAttributes, Announced {
  readonly bucket: string;
  readonly objectKey: string;
  readonly ownerId: string;
  readonly conditions: WriteConditions;
  readonly encryption: VersionRecord["encryption"];
}

/** Commits a sealed body as the newest version of its key, or discards it; its data keys are wiped either way. */
export async function commitWhole(
  engine: Engine,
  owned: FreshBody,
  uid: string,
  object: WholeObject,
): Promise<StoredVersion> {
  using fresh = owned;
  try {
    return await untilCommitted(async () => {
      const { sealed, check } = await wrapAboveFloor(engine, fresh);
      const entry = await readBucket(engine, object.bucket);
      const { change, record } = await insertVersion<VersionRecord>(engine, {
        ...entry,
        objectKey: object.objectKey,
        conditions: object.conditions,
        record: (place) => ({
          kind: "version",
          uid,
          ...place,
          ownerId: object.ownerId,
          sizeBytes: fresh.sealed.sizeBytes,
          etag: fresh.etag,
          checksum: fresh.checksum,
          encryption: object.encryption,
          body: sealed,
          headers: object.headers,
          userMetadata: object.userMetadata,
          tags: object.tags,
          storageClass: object.storageClass,
          accessList: object.accessList ?? null,
          ...lockOfNew(entry.bucket, object, place.modifiedMs),
        }),
      });
      change.add(fresh.claims);
      change.add({ puts: announcing(engine, entry.bucket, object.announce, told(object.objectKey, record)) });
      change.checks.push(check);
      await commitChange(engine, change);
      return toStoredVersion(object.objectKey, record, true);
    });
  } catch (error) {
    await fresh.discard();
    throw error;
  }
}

/** What is told of a version that was made. */
export function told(objectKey: string, record: VersionRecord): Happening {
  const { sizeBytes, etag, order } = record;
  return { objectKey, versionId: versionIdOf(record), sizeBytes, etag, order };
}
