import type { Scenarios } from "../scenario.ts";

const suite = "test_s3.py::TestS3BucketLogging";
const LOG_DELIVERY = { Type: "Group", URI: "http://acs.amazonaws.com/groups/s3/LogDelivery" };

/** Where access logs go. */
export const LOGGING: Scenarios = {
  [`${suite}::test_put_bucket_logging`]: async (t) => {
    const TargetBucket = await t.createBucket();
    await t.match("get-bucket-logging-default", "GetBucketLogging");
    await t.match("get-bucket-default-acl", "GetBucketAcl", { Bucket: TargetBucket });
    await t.match("put-bucket-logging", "PutBucketLogging", {
      BucketLoggingStatus: { LoggingEnabled: { TargetBucket, TargetPrefix: "log" } },
    });
    await t.match("get-bucket-logging", "GetBucketLogging");
    await t.match("put-bucket-logging-delete", "PutBucketLogging", { BucketLoggingStatus: {} });
  },
  [`${suite}::test_put_bucket_logging_accept_wrong_grants`]: async (t) => {
    const TargetBucket = await t.createBucket({ ObjectOwnership: "ObjectWriter" });
    const TargetGrants = ["WRITE", "READ_ACP"].map((Permission) => ({ Grantee: LOG_DELIVERY, Permission }));
    await t.match("put-bucket-logging", "PutBucketLogging", {
      BucketLoggingStatus: { LoggingEnabled: { TargetBucket, TargetPrefix: "log", TargetGrants } },
    });
    await t.match("get-bucket-logging", "GetBucketLogging");
  },
  [`${suite}::test_put_bucket_logging_wrong_target`]: async (t) => {
    t.leaveOut("put-bucket-logging-different-regions", "all buckets of a server are in one region");
    await t.match("put-bucket-logging-non-existent-bucket", "PutBucketLogging", {
      BucketLoggingStatus: { LoggingEnabled: { TargetBucket: t.newBucketName(), TargetPrefix: "log" } },
    });
  },
};
