import { findMasterKeyVersion } from "@strongroom/envelope";
import type { FreshBody } from "../bodies/seal-body.ts";
import { type Engine, untilCommitted } from "../engine.ts";
import { type IndexCheck, IndexIntegrityError } from "../index/index-port.ts";
import { WRAP_FLOOR_KEY } from "../record-keys.ts";
import type { SealedBody } from "../records.ts";

/**
 * The oldest master key that a record may begin to hang on. Whatever commits a wrapped data key that is new carries
 * `check`, so that once the floor was raised nothing appears under an older key, whichever process writes it and
 * however long ago it began: what is under older keys can only become less, and can be counted to nothing.
 */
export interface WrapFloor {
  /** 0: none was ever set. */
  readonly version: number;
  readonly check: IndexCheck;
}

const FORMAT = 1;
const SIZE_BYTES = 5;

export async function readWrapFloor({ index }: Pick<Engine, "index">): Promise<WrapFloor> {
  const stored = await index.get(WRAP_FLOOR_KEY);
  if (stored === null) return { version: 0, check: { key: WRAP_FLOOR_KEY, revision: null } };
  if (stored.value.length !== SIZE_BYTES || stored.value[0] !== FORMAT) {
    throw new IndexIntegrityError("the record of the oldest master key has an unknown format");
  }
  const check = { key: WRAP_FLOOR_KEY, revision: stored.revision };
  return { version: stored.value.readUInt32BE(1), check };
}

/** Once this resolves no record begins to hang on a master key before `version`. Never lowers the floor. */
export async function raiseWrapFloor(engine: Pick<Engine, "index">, version: number): Promise<void> {
  await untilCommitted(async () => {
    const floor = await readWrapFloor(engine);
    if (floor.version >= version) return;
    const value = Buffer.alloc(SIZE_BYTES, FORMAT);
    value.writeUInt32BE(version, 1);
    await engine.index.commit({ checks: [floor.check], puts: [{ key: WRAP_FLOOR_KEY, value }] });
  });
}

/** Of the wrapped keys of a body: whether one hangs on a master key before `version`. */
export function isBelow({ encryptedDataKey, outerDataKey }: SealedBody, version: number): boolean {
  return [encryptedDataKey, outerDataKey].some((wrapped) => {
    const wrappedUnder = wrapped === undefined ? null : findMasterKeyVersion(wrapped);
    return wrappedUnder !== null && wrappedUnder < version;
  });
}

/** Whether a body hangs on a master key at all. */
export function hangsOnMasterKey({ encryptedDataKey, outerDataKey }: SealedBody): boolean {
  return [encryptedDataKey, outerDataKey].some(
    (wrapped) => wrapped !== undefined && findMasterKeyVersion(wrapped) !== null,
  );
}

/** The fresh body as it may be committed now, with the check that its commit must carry. */
export async function wrapAboveFloor(
  engine: Engine,
  fresh: FreshBody,
): Promise<{ readonly sealed: SealedBody; readonly check: IndexCheck }> {
  const { version, check } = await readWrapFloor(engine);
  if (!isBelow(fresh.sealed, version)) return { sealed: fresh.sealed, check };
  await engine.encryptor.reachMasterKey(version);
  return { sealed: await fresh.wrapAnew(), check };
}
