import { bucketPermission } from "../auth/object-permissions.ts";
import { requireBucketName } from "../http/addressed.ts";
import { refuseOverlaps, requireDestinations } from "../notifications/check-rules.ts";
import { readNotificationRules } from "../notifications/notification-document.ts";
import {
  NOTIFICATION_DOCUMENT,
  type NotificationRule,
  printStoredRules,
} from "../notifications/notification-rule.ts";
import type { Operation } from "../operation.ts";

interface Input {
  readonly bucket: string;
  readonly rules: readonly NotificationRule[];
  readonly skipsValidation: boolean;
}

const DOCUMENT_LIMIT_BYTES = 64 * 1024;

/** Says which changes are told to which webhooks; each of them gets a test message with the same commit. */
export const putBucketNotificationConfiguration: Operation<Input, void> = {
  name: "PutBucketNotificationConfiguration",
  route: { method: "PUT", level: "bucket", query: ["notification"] },
  read: async (request) => ({
    bucket: requireBucketName(request),
    rules: readNotificationRules(await request.readText(DOCUMENT_LIMIT_BYTES)),
    skipsValidation: request.header("x-amz-skip-destination-validation")?.toLowerCase() === "true",
  }),
  permissions: bucketPermission("s3:PutBucketNotification"),
  run: async ({ bucket, rules, skipsValidation }, { store, region, webhooks }, request, access) => {
    refuseOverlaps(rules);
    const accountId = await access.findAccountId(access.bucket.ownerId);
    const names = requireDestinations(rules, { region, accountId, webhooks }, skipsValidation);
    const { requestId, hostId = "" } = request;
    await store.setNotification({
      bucket,
      name: NOTIFICATION_DOCUMENT,
      document: rules.length === 0 ? null : printStoredRules(rules),
      testTargets: names,
      origin: { requestId, hostId },
    });
  },
  write: (_output, response) => response.sendEmpty(),
};
