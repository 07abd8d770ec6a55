import { randomBytes, randomInt } from "node:crypto";
import { SecretBytes } from "@strongroom/base";
import { parseRecord } from "./account.ts";
import { IamError } from "./iam-error.ts";

export type AccessKeyStatus = "Active" | "Inactive";

export interface AccessKey {
  readonly accessKeyId: string;
  readonly accountId: string;
  readonly status: AccessKeyStatus;
  readonly createdMs: number;
  /** Sealed for `accessKeyPurpose` of this access key. */
  readonly sealedSecret: Buffer;
}

const ID_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** AKIA and 16 characters of base 32: the form that clients and scanners know. */
export function randomAccessKeyId(): string {
  let id = "AKIA";
  for (let count = 0; count < 16; count++) id += ID_ALPHABET.charAt(randomInt(ID_ALPHABET.length));
  return id;
}

/** 40 characters, 240 random bits. */
export function randomSecretAccessKey(): SecretBytes {
  return new SecretBytes(Buffer.from(randomBytes(30).toString("base64"), "latin1"));
}

export function encodeAccessKey(accessKey: AccessKey): Buffer {
  const sealedSecret = accessKey.sealedSecret.toString("base64");
  return Buffer.from(JSON.stringify({ format: 1, ...accessKey, sealedSecret }));
}

/** Throws Malformed for anything but a record that `encodeAccessKey` wrote. */
export function decodeAccessKey(bytes: Uint8Array): AccessKey {
  const { accessKeyId, accountId, status, createdMs, sealedSecret } = parseRecord(bytes);
  if (
    typeof accessKeyId !== "string" ||
    typeof accountId !== "string" ||
    (status !== "Active" && status !== "Inactive") ||
    typeof createdMs !== "number" ||
    typeof sealedSecret !== "string"
  ) {
    throw new IamError("Malformed", "integrity", "An access key record has a missing field.");
  }
  return { accessKeyId, accountId, status, createdMs, sealedSecret: Buffer.from(sealedSecret, "base64") };
}

/** What a sealed secret access key is bound to: it opens for no other key and no other account. */
export function accessKeyPurpose(owner: Pick<AccessKey, "accessKeyId" | "accountId">): readonly string[] {
  return ["secret access key", owner.accessKeyId, owner.accountId];
}
