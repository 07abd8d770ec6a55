import { ServiceError } from "@strongroom/base";

/** `BlobStoreFull`: no room; `BlobStoreReadOnly`: may not be written to; `BlobStoreUnavailable`: the disk failed. */
export type BlobStoreErrorCode = "BlobStoreFull" | "BlobStoreReadOnly" | "BlobStoreUnavailable";

export class BlobStoreError extends ServiceError<BlobStoreErrorCode> {}

const CODES: Readonly<Record<string, BlobStoreErrorCode>> = {
  ENOSPC: "BlobStoreFull",
  EDQUOT: "BlobStoreFull",
  EROFS: "BlobStoreReadOnly",
  EACCES: "BlobStoreReadOnly",
  EPERM: "BlobStoreReadOnly",
  EIO: "BlobStoreUnavailable",
  EMFILE: "BlobStoreUnavailable",
  ENFILE: "BlobStoreUnavailable",
};

/** Turns a failed system call into what it means; any other error is passed through. */
export function blobStoreFailure(error: unknown): unknown {
  if (!(error instanceof Error) || !("syscall" in error) || !("code" in error)) return error;
  const code = CODES[String(error.code)] ?? "BlobStoreUnavailable";
  return new BlobStoreError(code, "unavailable", `the blob folder failed: ${String(error.code)}`, {}, error);
}
