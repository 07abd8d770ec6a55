import { randomBytes, timingSafeEqual } from "node:crypto";
import { open } from "node:fs/promises";
import type { SecretBytes } from "@strongroom/base";
import { createDurably, hasCode } from "./durable-file.ts";
import { parseFields, readBase64 } from "./json-fields.ts";
import { deriveRecordCheck, deriveRootKeyId } from "./root-derivations.ts";
import { RootSealError } from "./root-seal-error.ts";
import { parseSlottedRecord, RECORD_FORMAT, type SlottedRecord } from "./slotted-record.ts";

/** `root.json` of the data folder, in either format (docs/format/root-seal.md). */
export type RootRecord = KeyFileRecord | SlottedRecord;

/** Format 1: not secret, names the root key that the data is sealed under. */
export interface KeyFileRecord {
  readonly version: 1;
  readonly keyId: string;
  readonly salt: Buffer;
  readonly check: Buffer;
}

const VERSION = 1;
const MAX_FILE_SIZE_BYTES = 65_536;
const SALT_SIZE_BYTES = 32;
const CHECK_SIZE_BYTES = 32;

/** null: there is no such file. Throws RootRecordMalformed or RootUnavailable. */
export async function readRootRecord(path: string): Promise<RootRecord | null> {
  try {
    await using file = await open(path, "r");
    const isTooLarge = (await file.stat()).size > MAX_FILE_SIZE_BYTES;
    return parseRootRecord(isTooLarge ? "" : await file.readFile("utf8"), path);
  } catch (error) {
    if (error instanceof RootSealError) throw error;
    if (hasCode(error, "ENOENT")) return null;
    throw new RootSealError("RootUnavailable", `${path} cannot be read`, error);
  }
}

/** Binds the data folder to `rootKey` unless it is bound already; false: it is. */
export async function createRootRecord(path: string, rootKey: SecretBytes): Promise<boolean> {
  const salt = randomBytes(SALT_SIZE_BYTES);
  const keyId = deriveRootKeyId(rootKey);
  const check = deriveRecordCheck(rootKey, salt, VERSION, keyId);
  const fields = {
    format: RECORD_FORMAT,
    version: VERSION,
    keyId,
    salt: salt.toString("base64"),
    check: check.toString("base64"),
  };
  try {
    return await createDurably(path, `${JSON.stringify(fields, null, 2)}\n`);
  } catch (error) {
    throw new RootSealError("RootUnavailable", `${path} cannot be created`, error);
  }
}

/** Throws RootRecordMalformed. */
export function parseRootRecord(text: string, path: string): RootRecord {
  const fields = parseFields(text);
  if (fields?.["format"] === RECORD_FORMAT && fields["version"] === 2)
    return parseSlottedRecord(fields, path);
  const keyId = fields?.["keyId"];
  const salt = readBase64(fields?.["salt"], SALT_SIZE_BYTES);
  const check = readBase64(fields?.["check"], CHECK_SIZE_BYTES);
  if (fields?.["format"] !== RECORD_FORMAT || typeof keyId !== "string" || salt === null || check === null) {
    throw new RootSealError(
      "RootRecordMalformed",
      `${path} is damaged: restore it from a backup of the data folder`,
    );
  }
  if (fields["version"] !== VERSION) {
    throw new RootSealError("RootRecordMalformed", `${path} has a version that this program does not know`);
  }
  return { version: VERSION, keyId, salt, check };
}

/** Whether the record was made under this root key and has not been changed since. */
export function recordBelongsTo(record: KeyFileRecord, rootKey: SecretBytes): boolean {
  return timingSafeEqual(record.check, deriveRecordCheck(rootKey, record.salt, VERSION, record.keyId));
}
