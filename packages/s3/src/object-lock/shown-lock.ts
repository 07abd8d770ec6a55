import type { Retention, StoredVersion } from "@strongroom/store";
import { printIso8601 } from "@strongroom/wire";
import type { RequestAccess } from "../auth/request-access.ts";
import type { S3Response } from "../http/s3-response.ts";
import type { ObjectAddress } from "../object/object-address.ts";
import { LOCK_DATE, LOCK_HOLD, LOCK_MODE } from "./new-object-lock.ts";
import { printLegalHold } from "./retention-document.ts";

/** What of a version's lock its reader is told. */
export interface ShownLock {
  readonly retention: Retention | null;
  readonly legalHold: boolean | null;
}

const NOTHING: ShownLock = { retention: null, legalHold: null };

/** Retention and legal hold are told to whoever has the right to ask for them; who has not learns nothing of either. */
export async function shownLock(
  { retention = null, legalHold = null }: StoredVersion,
  { bucket, objectKey, versionId }: ObjectAddress & { readonly versionId: string | undefined },
  access: RequestAccess,
): Promise<ShownLock> {
  if (retention === null && legalHold === null) return NOTHING;
  const may = async (action: string): Promise<boolean> =>
    (await access.findDenial({ action, bucket, objectKey, versionId })) === null;
  return {
    retention: retention !== null && (await may("s3:GetObjectRetention")) ? retention : null,
    legalHold: legalHold !== null && (await may("s3:GetObjectLegalHold")) ? legalHold : null,
  };
}

export function writeLockHeaders(response: S3Response, { retention, legalHold }: ShownLock): void {
  if (retention !== null) {
    response.header(LOCK_MODE, retention.mode).header(LOCK_DATE, printIso8601(retention.retainUntilMs));
  }
  if (legalHold !== null) response.header(LOCK_HOLD, printLegalHold(legalHold));
}
