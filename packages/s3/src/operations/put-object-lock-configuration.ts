import type { BucketObjectLock } from "@strongroom/store";
import { bucketPermission } from "../auth/object-permissions.ts";
import { requireBucketName } from "../http/addressed.ts";
import { requireBodyDigest } from "../http/require-body-digest.ts";
import { readLockConfiguration } from "../object-lock/lock-configuration.ts";
import type { Operation } from "../operation.ts";

interface Input {
  readonly bucket: string;
  readonly objectLock: BucketObjectLock;
}

const DOCUMENT_LIMIT_BYTES = 16 * 1024;

/** Enables Object Lock on a versioned bucket, for good, or says what new versions are retained for. */
export const putObjectLockConfiguration: Operation<Input, void> = {
  name: "PutObjectLockConfiguration",
  route: { method: "PUT", level: "bucket", query: ["object-lock"] },
  read: async (request) => {
    requireBodyDigest(request);
    return {
      bucket: requireBucketName(request),
      objectLock: readLockConfiguration(await request.readText(DOCUMENT_LIMIT_BYTES)),
    };
  },
  permissions: bucketPermission("s3:PutBucketObjectLockConfiguration"),
  run: ({ bucket, objectLock }, { store }) => store.setObjectLock(bucket, objectLock),
  write: (_output, response) => response.sendEmpty(),
};
