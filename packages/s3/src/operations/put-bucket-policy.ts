import { isPublicPolicy } from "@strongroom/iam";
import { bindPrincipals, printStoredPolicy } from "../access/bound-principals.ts";
import { POLICY_DOCUMENT } from "../access/bucket-access.ts";
import { parseBucketPolicy } from "../access/bucket-policy.ts";
import { bucketPermission } from "../auth/object-permissions.ts";
import { s3Error } from "../errors.ts";
import { requireBucketName } from "../http/addressed.ts";
import type { Operation } from "../operation.ts";

interface Input {
  readonly bucket: string;
  readonly text: string;
  /** The caller knows that it will not be able to change the policy again. */
  readonly confirmsLockout: boolean;
}

/** Far above S3's 20 KiB, so that a policy that is merely too large is told so. */
const TEXT_LIMIT_BYTES = 1024 * 1024;
const ACTION = "s3:PutBucketPolicy";

/**
 * Replaces the bucket's policy, which holds from the next request on. Refused: one that is public where that is
 * blocked, and one under which the caller could not change it again, unless it says that it means it. The root of the
 * bucket's account always can.
 */
export const putBucketPolicy: Operation<Input, void> = {
  name: "PutBucketPolicy",
  route: { method: "PUT", level: "bucket", query: ["policy"] },
  permissions: bucketPermission(ACTION),
  read: async (request) => ({
    bucket: requireBucketName(request),
    text: await request.readText(TEXT_LIMIT_BYTES),
    confirmsLockout: request.header("x-amz-confirm-remove-self-bucket-access")?.toLowerCase() === "true",
  }),
  run: async ({ bucket, text, confirmsLockout }, { store, principals }, _request, access) => {
    const { document, ids } = await parseBucketPolicy(text, bucket, principals);
    const permission = { action: ACTION, bucket, objectKey: null };
    if (access.settings.publicAccessBlock.blockPublicPolicy && isPublicPolicy(document)) {
      throw await access.refusalOf(permission, "BlockPublicPolicy");
    }
    const policy = { name: bucket, document };
    if (!confirmsLockout && !(await access.isAllowedUnder(policy, permission))) {
      throw s3Error("MalformedPolicy", {
        message:
          "The new bucket policy would not allow you to change it again. Send x-amz-confirm-remove-self-bucket-access: true to confirm.",
      });
    }
    await store.setBucketConfiguration(bucket, POLICY_DOCUMENT, printStoredPolicy(bindPrincipals(text, ids)));
  },
  write: (_output, response) => response.status(204).sendEmpty(),
};
