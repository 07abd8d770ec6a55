import { randomBytes, randomInt } from "node:crypto";
import { IamError } from "./iam-error.ts";

/** An owner of buckets and objects. */
export interface Account {
  /** 12 digits. */
  readonly accountId: string;
  /** 64 hex digits: the owner id that S3 shows. */
  readonly canonicalUserId: string;
  readonly name: string;
  readonly createdMs: number;
  /** The account of whoever runs this server. */
  readonly isServerRoot: boolean;
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9_+=,.@-]{0,63}$/;

export function newAccount(name: string, createdMs: number, isServerRoot: boolean): Account {
  if (!NAME.test(name)) {
    throw new IamError(
      "InvalidAccountName",
      "invalid",
      "An account name has 1 to 64 letters, digits and _+=,.@-, and starts with a letter or digit.",
    );
  }
  return {
    // From 100000000000, so that no tool that reads it as a number loses a digit.
    accountId: String(100_000_000_000 + randomInt(0, 2 ** 39)).padStart(12, "0"),
    canonicalUserId: randomBytes(32).toString("hex"),
    name,
    createdMs,
    isServerRoot,
  };
}

export function encodeAccount(account: Account): Buffer {
  return Buffer.from(JSON.stringify({ format: 1, ...account }));
}

/** Throws Malformed for anything but a record that `encodeAccount` wrote. */
export function decodeAccount(bytes: Uint8Array): Account {
  const fields = parseRecord(bytes);
  const { accountId, canonicalUserId, name, createdMs, isServerRoot } = fields;
  if (
    typeof accountId !== "string" ||
    typeof canonicalUserId !== "string" ||
    typeof name !== "string" ||
    typeof createdMs !== "number" ||
    typeof isServerRoot !== "boolean"
  ) {
    throw new IamError("Malformed", "integrity", "An account record has a missing field.");
  }
  return { accountId, canonicalUserId, name, createdMs, isServerRoot };
}

/** The fields of a record of format 1. */
export function parseRecord(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch {
    throw new IamError("Malformed", "integrity", "An identity record cannot be read.");
  }
  if (typeof parsed !== "object" || parsed === null || !("format" in parsed) || parsed.format !== 1) {
    throw new IamError("Malformed", "integrity", "An identity record has an unknown format.");
  }
  return { ...parsed };
}
