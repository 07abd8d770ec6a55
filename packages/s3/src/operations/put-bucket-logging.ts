import type { Bucket, ObjectStore } from "@strongroom/store";
import { requireKnownGrantees } from "../access/acceptable-access-list.ts";
import { bucketAccess } from "../access/bucket-access.ts";
import {
  LOGGING_DOCUMENT,
  type LoggingConfiguration,
  printStoredLogging,
} from "../access-logs/logging-configuration.ts";
import { readLogging } from "../access-logs/logging-document.ts";
import { bucketPermission } from "../auth/object-permissions.ts";
import { findBucket } from "../cors/cross-origin.ts";
import { type S3Error, s3Error } from "../errors.ts";
import { requireBucketName } from "../http/addressed.ts";
import type { Operation } from "../operation.ts";

interface Input {
  readonly bucket: string;
  /** null: requests are not logged any more. */
  readonly logging: LoggingConfiguration | null;
}

const DOCUMENT_LIMIT_BYTES = 64 * 1024;
/** The region that S3 does not name as a location. */
const UNNAMED_REGION = "us-east-1";

/**
 * Says where the bucket's requests are logged. As S3 does, it does not ask whether the target lets logs in: that is for
 * the target's policy to say when they are delivered.
 */
export const putBucketLogging: Operation<Input, void> = {
  name: "PutBucketLogging",
  route: { method: "PUT", level: "bucket", query: ["logging"] },
  read: async (request) => ({
    bucket: requireBucketName(request),
    logging: readLogging(await request.readText(DOCUMENT_LIMIT_BYTES)),
  }),
  permissions: bucketPermission("s3:PutBucketLogging"),
  run: async ({ bucket, logging }, { store }, _request, access) => {
    if (logging !== null) {
      await requireTarget(store, access.bucket, logging);
      await requireKnownGrantees(logging.targetGrants, access);
    }
    const document = logging === null ? null : printStoredLogging(logging);
    await store.setBucketConfiguration(bucket, LOGGING_DOCUMENT, document);
  },
  write: (_output, response) => response.sendEmpty(),
};

/** Throws InvalidTargetBucketForLogging, CrossLocationLoggingProhibitted and AccessControlListNotSupported. */
async function requireTarget(
  store: Pick<ObjectStore, "requireBucket">,
  source: Bucket,
  { targetBucket, targetGrants }: LoggingConfiguration,
): Promise<void> {
  const target = targetBucket === source.name ? source : await findBucket(targetBucket, store);
  if (target === null) throw invalidTarget("The target bucket for logging does not exist", targetBucket);
  if (target.ownerId !== source.ownerId) {
    const reason = "The owner for the bucket to be logged and the target bucket must be the same.";
    throw invalidTarget(reason, targetBucket);
  }
  if (target.region !== source.region) {
    throw s3Error("CrossLocationLoggingProhibitted", {
      fields: {
        SourceBucketLocation: source.region === UNNAMED_REGION ? undefined : source.region,
        TargetBucketLocation: target.region,
      },
    });
  }
  if (targetGrants.length > 0 && bucketAccess(target).ownership === "BucketOwnerEnforced") {
    throw s3Error("AccessControlListNotSupported", {
      message: "Target grants not allowed for bucket owner enforced buckets",
    });
  }
}

function invalidTarget(message: string, targetBucket: string): S3Error {
  return s3Error("InvalidTargetBucketForLogging", { message, fields: { TargetBucket: targetBucket } });
}
