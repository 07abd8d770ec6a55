import {
  blob,
  flag,
  integer,
  listOf,
  type OutputValue,
  oneOf,
  type ParsedAs,
  parseJsonDocument,
  parseShape,
  printJsonDocument,
  required,
  type Shape,
  structure,
  text,
} from "@strongroom/wire";
import { KmsError } from "../kms-error.ts";
import { KEY_SPECS, KEY_USAGES } from "./key-spec.ts";

export const ORIGINS = ["AWS_KMS", "EXTERNAL", "AWS_CLOUDHSM", "EXTERNAL_KEY_STORE"] as const;
export type Origin = (typeof ORIGINS)[number];

export const EXPIRATION_MODELS = ["KEY_MATERIAL_EXPIRES", "KEY_MATERIAL_DOES_NOT_EXPIRE"] as const;

const number = () => required(integer({ min: 0 }));
const string = () => required(text());

const TAG = structure({ TagKey: string(), TagValue: string() });
export type Tag = ParsedAs<typeof TAG>;

const KEY_RECORD = structure({
  format: required(integer({ min: 1, max: 1 })),
  region: string(),
  keyId: string(),
  accountId: string(),
  manager: required(oneOf(["CUSTOMER", "AWS"])),
  description: string(),
  isEnabled: required(flag()),
  createdMs: number(),
  /** As its owner wrote it. */
  policy: string(),
  /** As it is evaluated: users and roles by their unique ids. */
  boundPolicy: string(),
  tags: required(listOf(TAG)),
  /** Names with their prefix: what `kms:ResourceAliases` is made of. */
  aliases: required(listOf(text())),
  /** From when the key is gone; absent: no deletion is pending. */
  deletionMs: integer({ min: 0 }),
  /** The window of a multi-Region primary that waits for its replicas. */
  pendingWindowDays: integer({ min: 1 }),
  grantCount: number(),
  /** Goes up with every change of the key's grants: what is kept of them elsewhere is as old as this number. */
  grantVersion: number(),
});

/** A key as it is in one region: what replicas of a multi-Region key do not share. */
export type KeyRecord = Omit<ParsedAs<typeof KEY_RECORD>, "format">;

const MATERIAL = structure({
  /** 1, 2, 3, …: named in ciphertexts. */
  number: number(),
  /** 64 hexadecimal digits, shown to users. */
  id: string(),
  createdMs: number(),
  state: required(oneOf(["CURRENT", "NON_CURRENT", "PENDING_ROTATION"])),
  rotatedMs: integer({ min: 0 }),
  rotationType: oneOf(["AUTOMATIC", "ON_DEMAND"]),
  /** Absent: the material was deleted, or has never been imported. */
  sealed: blob(),
  /** Names the erasable secret under which `sealed` lies. */
  secretName: text(),
  /** SubjectPublicKeyInfo of an asymmetric key. */
  publicKey: blob(),
  expirationModel: oneOf(EXPIRATION_MODELS),
  validToMs: integer({ min: 0 }),
  description: text(),
});
export type MaterialRecord = ParsedAs<typeof MATERIAL>;

const KEY_SET_RECORD = structure({
  format: required(integer({ min: 1, max: 1 })),
  keyId: string(),
  accountId: string(),
  spec: required(oneOf(KEY_SPECS)),
  usage: required(oneOf(KEY_USAGES)),
  origin: required(oneOf(ORIGINS)),
  /** Where the device is that seals once more; absent: none does. */
  customKeyStoreId: text(),
  isMultiRegion: required(flag()),
  primaryRegion: string(),
  replicaRegions: required(listOf(text())),
  rotationPeriodDays: integer({ min: 1 }),
  nextRotationMs: integer({ min: 0 }),
  onDemandRotations: number(),
  materials: required(listOf(MATERIAL)),
  /** Erasable secrets that no material needs any more and that are still to be erased. */
  doomedSecrets: listOf(text()),
});

/** What every region's copy of a key shares: what it is, its materials and their rotation. */
export type KeySetRecord = Omit<ParsedAs<typeof KEY_SET_RECORD>, "format">;

export const encodeKeyRecord = (record: KeyRecord): Buffer => encode(record);
export const decodeKeyRecord = (bytes: Uint8Array): KeyRecord => decode(KEY_RECORD, bytes);
export const encodeKeySetRecord = (record: KeySetRecord): Buffer => encode(record);
export const decodeKeySetRecord = (bytes: Uint8Array): KeySetRecord => decode(KEY_SET_RECORD, bytes);

export function encode(record: { readonly [name: string]: OutputValue }): Buffer {
  return Buffer.from(printJsonDocument({ ...record, format: 1 }));
}

/** Throws KMSInternalException for anything but what `encode` wrote. */
export function decode<T>(shape: Shape<T>, bytes: Uint8Array): T {
  try {
    return parseShape(shape, parseJsonDocument(bytes));
  } catch (error) {
    throw new KmsError("KMSInternalException", "A record of the key service cannot be read.", error);
  }
}
