import { type BucketLifecycle, LIFECYCLE_DOCUMENT, printStoredLifecycle } from "@strongroom/store";
import { bucketPermission } from "../auth/object-permissions.ts";
import { requireBucketName } from "../http/addressed.ts";
import { requireBodyDigest } from "../http/require-body-digest.ts";
import { readLifecycleRules } from "../lifecycle/lifecycle-document.ts";
import { MINIMUM_OBJECT_SIZE_HEADER, readMinimumObjectSize } from "../lifecycle/minimum-object-size.ts";
import type { Operation } from "../operation.ts";

interface Input {
  readonly bucket: string;
  readonly lifecycle: BucketLifecycle;
}

/** A thousand rules with filters of every kind. */
const DOCUMENT_LIMIT_BYTES = 1024 * 1024;

/** Also takes the older PutBucketLifecycle, which differs in the document alone. */
export const putBucketLifecycleConfiguration: Operation<Input, void> = {
  name: "PutBucketLifecycleConfiguration",
  route: { method: "PUT", level: "bucket", query: ["lifecycle"] },
  read: async (request) => {
    requireBodyDigest(request);
    const minimumObjectSize = readMinimumObjectSize(request);
    const rules = readLifecycleRules(await request.readText(DOCUMENT_LIMIT_BYTES));
    return { bucket: requireBucketName(request), lifecycle: { rules, minimumObjectSize } };
  },
  permissions: bucketPermission("s3:PutLifecycleConfiguration"),
  run: ({ bucket, lifecycle }, { store }) =>
    store.setBucketConfiguration(bucket, LIFECYCLE_DOCUMENT, printStoredLifecycle(lifecycle)),
  write: (_output, response, { lifecycle }) =>
    response.header(MINIMUM_OBJECT_SIZE_HEADER, lifecycle.minimumObjectSize).sendEmpty(),
};
