import { type KeyObject, randomBytes, randomInt } from "node:crypto";
import { SecretBytes } from "@strongroom/base";
import { parseRecord } from "./account.ts";
import { IamError } from "./iam-error.ts";
import { sealSecret } from "./sealed-secret.ts";

export type AccessKeyStatus = "Active" | "Inactive";

export interface AccessKey {
  readonly accessKeyId: string;
  readonly accountId: string;
  /** The user whose it is; null: the root of the account. */
  readonly userId: string | null;
  readonly status: AccessKeyStatus;
  readonly createdMs: number;
  /** Sealed for `accessKeyPurpose` of this access key. */
  readonly sealedSecret: Buffer;
}

const ID_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** AKIA (a session's: ASIA) and 16 characters of base 32: the form that clients and scanners know. */
export function randomAccessKeyId(prefix: "AKIA" | "ASIA" = "AKIA"): string {
  let id: string = prefix;
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
  // The first keys were all of roots and say nothing about it.
  const { accessKeyId, accountId, userId = null, status, createdMs, sealedSecret } = parseRecord(bytes);
  if (
    typeof accessKeyId !== "string" ||
    typeof accountId !== "string" ||
    (userId !== null && typeof userId !== "string") ||
    (status !== "Active" && status !== "Inactive") ||
    typeof createdMs !== "number" ||
    typeof sealedSecret !== "string"
  ) {
    throw new IamError("Malformed", "integrity", "An access key record has a missing field.");
  }
  return {
    accessKeyId,
    accountId,
    userId,
    status,
    createdMs,
    sealedSecret: Buffer.from(sealedSecret, "base64"),
  };
}

type Owner = Pick<AccessKey, "accessKeyId" | "accountId" | "userId">;

/** What a sealed secret access key is bound to: it opens for no other key, account or user. */
export function accessKeyPurpose(owner: Owner): readonly string[] {
  const { accessKeyId, accountId, userId } = owner;
  return ["secret access key", accessKeyId, accountId, ...(userId === null ? [] : [userId])];
}

/** An active key as it is stored. The caller keeps `secret`. */
export function newAccessKey(
  owner: Owner,
  secret: SecretBytes,
  sealing: { readonly sealingKey: KeyObject; readonly createdMs: number },
): AccessKey {
  const { accessKeyId, accountId, userId } = owner;
  const sealedSecret = sealSecret(sealing.sealingKey, accessKeyPurpose(owner), secret);
  return { accessKeyId, accountId, userId, status: "Active", createdMs: sealing.createdMs, sealedSecret };
}
