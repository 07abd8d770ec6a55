import { createHash, timingSafeEqual } from "node:crypto";
import { encodeSequence, type SecretBytes } from "@strongroom/base";
import { readBase64 } from "./json-fields.ts";
import { deriveRootKeyId, deriveSealKey } from "./root-derivations.ts";
import { RootSealError } from "./root-seal-error.ts";
import { parseSlot, printSlot, type RootSlot, SEALED_KEY_SIZE_BYTES, slotFacts } from "./root-slot.ts";
import { openSecret, sealSecret } from "./sealed-secret.ts";

/** `root.json` of format 2 (docs/format/root-seal.md §2). */
export interface SlottedRecord {
  readonly version: 2;
  readonly deployment: string;
  readonly generation: number;
  readonly keyId: string;
  readonly salt: Buffer;
  readonly deploymentKey: Buffer;
  readonly slots: readonly RootSlot[];
  readonly check: Buffer;
}

export const RECORD_FORMAT = "strongroom root record";
const VERSION = 2;
const MAX_SLOTS = 8;
const SALT_SIZE_BYTES = 32;
const CHECK_SIZE_BYTES = 32;
const HEX_32 = /^[0-9a-f]{32}$/;
const MEMBERS = [
  "format",
  "version",
  "deployment",
  "generation",
  "keyId",
  "salt",
  "deploymentKey",
  "slots",
  "check",
];

/** Seals a deployment key under a root key beside the slots that hold that root key. Throws SlotTaken, SlotLast. */
export function makeSlottedRecord(options: {
  readonly deployment: string;
  readonly generation: number;
  readonly salt: Buffer;
  readonly rootKey: SecretBytes;
  readonly deploymentKey: SecretBytes;
  readonly slots: readonly RootSlot[];
}): SlottedRecord {
  const { deployment, generation, salt, rootKey, slots } = options;
  requireDistinct(slots);
  const keyId = deriveRootKeyId(rootKey);
  const sealed = sealSecret(
    deploymentSealing(rootKey, salt),
    deploymentAad(deployment, keyId),
    options.deploymentKey,
  );
  const fields = {
    version: VERSION,
    deployment,
    generation,
    keyId,
    salt,
    deploymentKey: sealed,
    slots,
  } as const;
  return { ...fields, check: checkOf(fields, rootKey) };
}

/** Throws RootRecordMalformed. */
export function parseSlottedRecord(fields: Readonly<Record<string, unknown>>, path: string): SlottedRecord {
  const { deployment, generation, keyId, slots: listed } = fields;
  const salt = readBase64(fields["salt"], SALT_SIZE_BYTES);
  const deploymentKey = readBase64(fields["deploymentKey"], SEALED_KEY_SIZE_BYTES);
  const check = readBase64(fields["check"], CHECK_SIZE_BYTES);
  const slots = Array.isArray(listed) && listed.length <= MAX_SLOTS ? listed.map(parseSlot) : [];
  const known = slots.filter((slot) => slot !== null);
  if (
    salt === null ||
    deploymentKey === null ||
    check === null ||
    !isHex32(deployment) ||
    !isHex32(keyId) ||
    !isGeneration(generation) ||
    known.length !== slots.length ||
    !areDistinct(known) ||
    !Object.keys(fields).every((member) => MEMBERS.includes(member))
  ) {
    throw malformed(path);
  }
  return { version: VERSION, deployment, generation, keyId, salt, deploymentKey, slots: known, check };
}

export function printSlottedRecord(record: SlottedRecord): string {
  const { version, deployment, generation, keyId } = record;
  const fields = {
    format: RECORD_FORMAT,
    version,
    deployment,
    generation,
    keyId,
    salt: record.salt.toString("base64"),
    deploymentKey: record.deploymentKey.toString("base64"),
    slots: record.slots.map(printSlot),
    check: record.check.toString("base64"),
  };
  return `${JSON.stringify(fields, null, 2)}\n`;
}

/** The deployment key, once the whole record is proved. The caller wipes it. Throws RootRecordMalformed. */
export function openDeploymentKey(record: SlottedRecord, rootKey: SecretBytes, path: string): SecretBytes {
  if (deriveRootKeyId(rootKey) !== record.keyId) throw malformed(path);
  if (!timingSafeEqual(record.check, checkOf(record, rootKey))) throw malformed(path);
  const { deployment, keyId, salt } = record;
  const key = openSecret(
    deploymentSealing(rootKey, salt),
    deploymentAad(deployment, keyId),
    record.deploymentKey,
  );
  if (key === null) throw malformed(path);
  return key;
}

function checkOf(record: Omit<SlottedRecord, "check">, rootKey: SecretBytes): Buffer {
  const facts = encodeSequence([
    record.keyId,
    record.deployment,
    String(record.generation),
    record.deploymentKey,
    ...record.slots.map((slot) => encodeSequence([slotFacts(slot), slot.wrapped])),
  ]);
  // Hashed: HKDF takes 1,024 bytes of info here.
  const digest = createHash("sha512").update(facts).digest();
  return deriveSealKey(rootKey, record.salt, "root record check", String(VERSION), digest);
}

const deploymentSealing = (rootKey: SecretBytes, salt: Buffer): Buffer =>
  deriveSealKey(rootKey, salt, "deployment key sealing");

const deploymentAad = (deployment: string, keyId: string): Buffer =>
  encodeSequence(["strongroom deployment key", deployment, keyId]);

function requireDistinct(slots: readonly RootSlot[]): void {
  if (slots.length === 0) throw new RootSealError("SlotLast", "the last slot stays: add another one first");
  if (slots.length > MAX_SLOTS)
    throw new RootSealError("SlotTaken", `there are ${MAX_SLOTS} slots: remove one first`);
  if (!areDistinct(slots)) {
    throw new RootSealError(
      "SlotTaken",
      "there is a slot of that name or with that key file: choose another, or remove it first",
    );
  }
}

function areDistinct(slots: readonly RootSlot[]): boolean {
  const keyFiles = slots.flatMap((slot) => (slot.method === "key-file" ? [slot.keyId] : []));
  const names = new Set(slots.map(({ name }) => name));
  return slots.length > 0 && names.size === slots.length && new Set(keyFiles).size === keyFiles.length;
}

const isHex32 = (value: unknown): value is string => typeof value === "string" && HEX_32.test(value);
const isGeneration = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 1;

const malformed = (path: string): RootSealError =>
  new RootSealError(
    "RootRecordMalformed",
    `${path} is damaged or was changed: restore it from a backup of the data folder`,
  );
