import { bucketPermission } from "../auth/object-permissions.ts";
import { notificationDocument } from "../notifications/notification-document.ts";
import {
  NOTIFICATION_DOCUMENT,
  type NotificationRule,
  parseStoredRules,
} from "../notifications/notification-rule.ts";
import type { Operation } from "../operation.ts";

export const getBucketNotificationConfiguration: Operation<void, readonly NotificationRule[]> = {
  name: "GetBucketNotificationConfiguration",
  route: { method: "GET", level: "bucket", query: ["notification"] },
  read: () => {},
  permissions: bucketPermission("s3:GetBucketNotification"),
  run: async (_input, _services, _request, { bucket }) => {
    const document = bucket.configuration[NOTIFICATION_DOCUMENT];
    return document === undefined ? [] : parseStoredRules(document);
  },
  write: (rules, response) => response.sendXml(notificationDocument(rules)),
};
