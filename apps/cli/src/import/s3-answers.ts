import type { SourceBucket } from "./import-source.ts";

/** Codes of settings that a bucket does not have, or that a store does not know. */
const ABSENT = new Set([
  "MethodNotAllowed",
  "NoSuchBucketPolicy",
  "NoSuchCORSConfiguration",
  "NoSuchTagSet",
  "NotImplemented",
  "ObjectLockConfigurationNotFoundError",
  "ServerSideEncryptionConfigurationNotFoundError",
]);

/** null where there is no such setting. */
export async function unlessAbsent<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof Error && ABSENT.has(error.name)) return null;
    throw error;
  }
}

export function versioningOf(status: string | undefined): SourceBucket["versioning"] {
  return status === "Enabled" ? "enabled" : status === "Suspended" ? "suspended" : "never";
}

/** HTTP status of an answer that the AWS SDK threw; null for anything else. */
export function statusOf(error: unknown): number | null {
  if (!(error instanceof Error) || !("$metadata" in error)) return null;
  const { $metadata: metadata } = error;
  const isObject = typeof metadata === "object" && metadata !== null;
  return isObject && "httpStatusCode" in metadata && typeof metadata.httpStatusCode === "number"
    ? metadata.httpStatusCode
    : null;
}

/** Whether another attempt may help: no answer, an answer that says so, or a body that broke off. */
export function mayHelpToRepeat(error: unknown): boolean {
  const status = statusOf(error);
  if (status !== null) return status >= 500 || status === 408 || status === 429 || status === 200;
  return (
    error instanceof Error &&
    (/^(?:ECONN|EPIPE|ETIMEDOUT|EAI_AGAIN|ENOTFOUND|ERR_STREAM_PREMATURE)/.test(
      "code" in error ? String(error.code) : "",
    ) ||
      error.name === "TimeoutError" ||
      /aborted|socket hang up/.test(error.message))
  );
}
