import { ServiceError } from "@strongroom/base";
import {
  EncryptionContextMismatchError,
  S3EncryptionClientError,
  type S3EncryptionClientErrorCode,
} from "@strongroom/s3-encryption-client";
import { quoteForShell } from "@strongroom/server";

export type EncryptionCommandErrorCode =
  | "BadLocation"
  | "BadOption"
  | "FileUnusable"
  | "KeyNeeded"
  | "NotEncrypted"
  | "StoreFailed"
  | S3EncryptionClientErrorCode;

/** What stopped `encrypt` or `decrypt`. `details.next` says what to do; no message holds plaintext or key bytes. */
export class EncryptionCommandError extends ServiceError<EncryptionCommandErrorCode> {}

export function optionError(message: string, next: string): EncryptionCommandError {
  return new EncryptionCommandError("BadOption", "invalid", message, { next });
}

const NEXT: Partial<Record<S3EncryptionClientErrorCode, string>> = {
  BufferLimit: "give --out FILE: the plaintext then waits beside it until it is verified",
  CommitmentPolicy: "leave out --require-commitment, if you trust whoever may write to the bucket",
  KeyCommitment:
    "the wrapped data key was exchanged: ask who may write to the bucket, and read an older version",
  Keyring: "give a key of the kind that the description above names",
  KeyService:
    "check AWS_ENDPOINT_URL, the credentials, and that they may use the key (kms:Decrypt, kms:GenerateDataKey)",
  InvalidEnvelope:
    "the metadata was changed or lost on the way: fetch the object again, or an older version of it",
  InvalidInstructionFile:
    "the instruction file was changed or is another object's: restore it, or name it with --instruction-suffix",
  LegacyDecryption: "the key is another one, or the object was changed; nothing tells which",
  LegacyDisabled: "give --legacy, if you know that an old client wrote this object",
  MissingInstructionFile:
    "name its suffix with --instruction-suffix, or the file with --instruction-file; else it was not encrypted by such a client",
  TamperedObject:
    "the content was changed, cut or exchanged: nothing of it was written; read an older version",
  UnsupportedFormat: "a newer client may have written it: upgrade, or ask its writer",
  WrongKey: "give the key that it was written with (--key FILE, --kms-key-id ID)",
};

/** Any failure as one that says what to do next; those of this program's own stay as they are. */
export function toCommandError(
  error: unknown,
  storedContext: Readonly<Record<string, string>> | null = null,
): unknown {
  if (error instanceof ServiceError) return error;
  if (error instanceof EncryptionContextMismatchError)
    return new EncryptionCommandError(error.code, "denied", error.message, {
      next: nextForContext(storedContext),
    });
  if (error instanceof S3EncryptionClientError) {
    const cause = error.cause instanceof Error ? ` (${error.cause.name}: ${error.cause.message})` : "";
    const next = NEXT[error.code] ?? "";
    return new EncryptionCommandError(error.code, "integrity", `${error.message}${cause}`, { next });
  }
  if (isStoreError(error)) {
    if (["NotFound", "NoSuchKey", "NoSuchBucket"].includes(error.name))
      return new EncryptionCommandError("StoreFailed", "invalid", "there is no such object", {
        next: "list what there is with `aws s3 ls s3://BUCKET/`",
      });
    const next = "check the name, AWS_ENDPOINT_URL and the credentials (strongroom env prints all three)";
    return new EncryptionCommandError("StoreFailed", "unavailable", `${error.name}: ${error.message}`, {
      next,
    });
  }
  if (error instanceof Error && errorCode(error) === "EPIPE")
    return new EncryptionCommandError("FileUnusable", "state", "whoever read standard output went away", {});
  if (error instanceof Error && "code" in error && typeof error.code === "string")
    return new EncryptionCommandError("FileUnusable", "invalid", error.message, { next: "" });
  return error;
}

/** The pairs are stored in the clear: naming them tells nothing that a reader of the object could not see. */
function nextForContext(stored: Readonly<Record<string, string>> | null): string {
  const pairs = Object.entries(stored ?? {}).filter(([name]) => name !== "aws:x-amz-cek-alg");
  if (pairs.length === 0) return "the object was stored without a context: leave out --context";
  const flags = pairs.map(([name, value]) => `--context ${quoteForShell(`${name}=${value}`)}`);
  return `if these are what you expect, repeat with ${flags.join(" ")}`;
}

function isStoreError(error: unknown): error is Error {
  return (
    error instanceof Error &&
    ("$metadata" in error || /ECONN|ENOTFOUND|CERT|TLS|SELF_SIGNED/.test(errorCode(error)))
  );
}

const errorCode = (error: Error): string => ("code" in error ? String(error.code) : "");
