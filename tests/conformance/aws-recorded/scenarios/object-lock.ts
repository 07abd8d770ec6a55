import { type Scenario, type Scenarios, text } from "../scenario.ts";

const RETENTION = "test_s3.py::TestS3ObjectLockRetention::";
const LEGAL_HOLD = "test_s3.py::TestS3ObjectLockLegalHold::";
const CONFIGURATION = "test_s3_api.py::TestS3ObjectLock::";

type Input = Readonly<Record<string, unknown>>;

const inMinutes = (minutes: number): Date => new Date(Date.now() + minutes * 60_000);
const governed = (minutes: number): Input => ({ Mode: "GOVERNANCE", RetainUntilDate: inMinutes(minutes) });
const lockedFor = (minutes: number): Input => ({
  ObjectLockMode: "GOVERNANCE",
  ObjectLockRetainUntilDate: inMinutes(minutes),
});
const enabled = (rule?: Input): Input => ({
  ObjectLockConfiguration: {
    ObjectLockEnabled: "Enabled",
    ...(rule === undefined ? {} : { Rule: { DefaultRetention: rule } }),
  },
});
const ON = { LegalHold: { Status: "ON" } };
const OFF = { LegalHold: { Status: "OFF" } };

const lockedBucket = (t: Scenario): Promise<string> => t.createBucket({ ObjectLockEnabledForBucket: true });

const RETENTIONS: Scenarios = {
  [`${RETENTION}test_s3_object_retention_exc`]: async (t) => {
    const locked = { Bucket: await lockedBucket(t), Key: "test-key" };
    const missing = { Bucket: t.newBucketName(), Key: "fake-key", Retention: governed(10) };
    await t.match("put-object-retention-no-bucket", "PutObjectRetention", missing);
    await t.match("put-object-retention-no-key", "PutObjectRetention", {
      ...locked,
      Key: "non-existing-key",
      Retention: governed(10),
    });
    const VersionId = text(await t.s3("PutObject", { ...locked, Body: "test" }), "VersionId");
    await t.match("get-object-retention-never-set", "GetObjectRetention", { ...locked, VersionId });
    const bypassed = { ...locked, BypassGovernanceRetention: true };
    await t.match("put-object-missing-retention-fields", "PutObjectRetention", {
      ...bypassed,
      Retention: { Mode: "GOVERNANCE" },
    });
    await t.s3("PutObjectRetention", { ...locked, Retention: governed(20) });
    await t.match("update-retention-no-bypass", "PutObjectRetention", {
      ...locked,
      VersionId,
      Retention: governed(10),
    });
    await t.match("update-retention-past-date", "PutObjectRetention", {
      ...bypassed,
      VersionId,
      Retention: { Mode: "GOVERNANCE", RetainUntilDate: new Date("2020-01-01T00:00:00Z") },
    });
    await t.match("update-retention-bad-value", "PutObjectRetention", {
      ...bypassed,
      VersionId,
      Retention: { Mode: "BAD-VALUE", RetainUntilDate: inMinutes(30) },
    });
    const Key = "test-key";
    await t.s3("PutObject", { Key, Body: "test" });
    const regular = { Key, Retention: governed(10) };
    await t.match("put-object-retention-regular-bucket", "PutObjectRetention", regular);
    await t.match("get-object-retention-regular-bucket", "GetObjectRetention", { Key });
  },

  [`${RETENTION}test_s3_object_retention`]: async (t) => {
    const object = { Bucket: await lockedBucket(t), Key: "test-retention-locked-object" };
    const first = await t.match("put-obj-locked-1", "PutObject", { ...object, Body: "test" });
    const version = { ...object, VersionId: text(first, "VersionId") };
    await t.match("put-object-retention-on-key-1", "PutObjectRetention", {
      ...object,
      Retention: governed(60),
    });
    await t.match("get-object-retention-on-key-1", "GetObjectRetention", object);
    await t.match("head-object-locked", "HeadObject", object);
    await t.match("delete-obj-locked", "DeleteObject", version);
    await t.match("delete-obj-locked-bypass", "DeleteObject", {
      ...version,
      BypassGovernanceRetention: true,
    });
    const locked = { ...object, Body: "test", ...lockedFor(60) };
    const second = await t.match("put-obj-locked-2", "PutObject", locked);
    const soon = { Mode: "GOVERNANCE", RetainUntilDate: new Date(Date.now() + 2000) };
    await t.match("update-retention-locked-object", "PutObjectRetention", { ...object, Retention: soon });
    await t.match("put-object-empty-retention", "PutObjectRetention", {
      ...object,
      Retention: {},
      BypassGovernanceRetention: true,
    });
    await t.match("update-retention-object", "PutObjectRetention", { ...object, Retention: soon });
    const last = { ...object, VersionId: text(second, "VersionId") };
    t.expect("Error" in (await t.attempt("DeleteObject", last)), "deleted before its time");
    await t.sleep(soon.RetainUntilDate.getTime() - Date.now() + 100);
    await t.s3("DeleteObject", last);
  },

  [`${RETENTION}test_s3_object_retention_compliance_mode`]: async (t) => {
    const object = { Bucket: await lockedBucket(t), Key: "test-retention-locked-object" };
    const put = await t.match("put-obj-locked-1", "PutObject", { ...object, Body: "test" });
    const version = { ...object, VersionId: text(put, "VersionId") };
    const until = new Date(Date.now() + 3000);
    const retain = (Mode: string, RetainUntilDate: Date): Input => ({
      ...version,
      Retention: { Mode, RetainUntilDate },
    });
    await t.match("add-compliance-retention", "PutObjectRetention", retain("COMPLIANCE", until));
    const bypassed = { ...version, BypassGovernanceRetention: true };
    await t.match("delete-locked-1", "DeleteObject", bypassed);
    await t.match("put-delete-marker", "DeleteObject", object);
    await t.match("delete-locked-2", "DeleteObject", bypassed);
    const earlier = new Date(until.getTime() - 1000);
    await t.match("update-retention-shortened", "PutObjectRetention", retain("COMPLIANCE", earlier));
    await t.match("update-retention-less-restrictive", "PutObjectRetention", {
      ...retain("GOVERNANCE", until),
      BypassGovernanceRetention: true,
    });
    await t.sleep(until.getTime() - Date.now() + 100);
    await t.match("delete-obj-after-lock-expiration", "DeleteObject", version);
  },

  [`${RETENTION}test_s3_object_lock_mode_validation`]: async (t) => {
    const object = { Bucket: await lockedBucket(t), Key: "test-key" };
    const { ObjectLockMode, ObjectLockRetainUntilDate } = lockedFor(10);
    const put = { ...object, Body: "test" };
    await t.match("put-obj-locked-error-no-retain-date", "PutObject", { ...put, ObjectLockMode });
    await t.match("put-obj-locked-error-no-mode", "PutObject", { ...put, ObjectLockRetainUntilDate });
    const bad = { ObjectLockMode: "BAD-VALUE", ObjectLockRetainUntilDate };
    await t.match("put-obj-locked-bad-value", "PutObject", { ...put, ...bad });
    await t.match("create-mpu-locked-bad-value", "CreateMultipartUpload", { ...object, ...bad });
  },

  [`${RETENTION}test_s3_copy_object_retention_lock`]: async (t) => {
    const Bucket = await lockedBucket(t);
    const source = { Bucket, Key: "source-object" };
    const body = '{"key": "value"}';
    await t.match("put-source-object", "PutObject", { ...source, Body: body, ...lockedFor(10) });
    await t.match("head-source-object", "HeadObject", source);
    const CopySource = `${Bucket}/source-object`;
    await t.match("copy-lock", "CopyObject", { Bucket, CopySource, Key: "dest-key" });
    await t.match("head-dest-key", "HeadObject", { Bucket, Key: "dest-key" });
  },

  [`${RETENTION}test_bucket_config_default_retention`]: async (t) => {
    const Bucket = await lockedBucket(t);
    const object = { Bucket, Key: "default-object" };
    const rule = enabled({ Mode: "GOVERNANCE", Days: 1 });
    await t.match("put-lock-config", "PutObjectLockConfiguration", { Bucket, ...rule });
    await t.match("put-object-default", "PutObject", { ...object, Body: "test-default-lock" });
    const head = await t.match("head-object-default", "HeadObject", object);
    const { ObjectLockRetainUntilDate: until, LastModified: written } = head;
    const isADay =
      until instanceof Date &&
      written instanceof Date &&
      Math.abs(until.getTime() - written.getTime() - 86_400_000) < 120_000;
    t.expect(isADay, "retained for something else than a day");
    const put = { ...object, Body: "test-put-object-lock", ...lockedFor(10) };
    await t.match("put-object-with-lock", "PutObject", put);
    await t.match("head-object-with-lock", "HeadObject", object);
    await t.match("put-object-with-lock-no-date", "PutObject", {
      ...object,
      Body: "test-put-object-lock",
      ObjectLockMode: "GOVERNANCE",
    });
  },

  [`${RETENTION}test_object_lock_delete_markers`]: async (t) => {
    const object = { Bucket: await lockedBucket(t), Key: "default-object" };
    const put = { ...object, Body: "test-put-object-lock", ...lockedFor(10) };
    await t.match("put-object-with-lock", "PutObject", put);
    await t.match("head-object-with-lock", "HeadObject", object);
    const marker = await t.match("put-delete-marker", "DeleteObject", object);
    const version = { ...object, VersionId: text(marker, "VersionId") };
    await t.match("put-object-retention-delete-marker", "PutObjectRetention", {
      ...version,
      Retention: governed(10),
    });
    await t.match("get-object-retention-delete-marker", "GetObjectRetention", version);
    await t.match("head-object-locked-delete-marker", "HeadObject", version);
  },

  [`${RETENTION}test_object_lock_extend_duration`]: async (t) => {
    const object = { Bucket: await lockedBucket(t), Key: "default-object" };
    const locked = { ...object, Body: "test-put-object-lock", ...lockedFor(10) };
    const put = await t.match("put-object-with-lock", "PutObject", locked);
    await t.match("head-object-with-lock", "HeadObject", object);
    const version = { ...object, VersionId: text(put, "VersionId") };
    const retain = (minutes: number): Input => ({ ...version, Retention: governed(minutes) });
    await t.match("put-object-retention-extend", "PutObjectRetention", retain(20));
    await t.match("head-object-with-lock-extended", "HeadObject", object);
    await t.match("put-object-retention-reduce", "PutObjectRetention", retain(10));
  },
};

const LEGAL_HOLDS: Scenarios = {
  [`${LEGAL_HOLD}test_put_get_object_legal_hold`]: async (t) => {
    const object = { Bucket: await lockedBucket(t), Key: "locked-object" };
    const put = await t.match("put-obj", "PutObject", { ...object, Body: "test" });
    const version = { ...object, VersionId: text(put, "VersionId") };
    await t.match("get-legal-hold-unset", "GetObjectLegalHold", version);
    await t.match("put-object-legal-hold", "PutObjectLegalHold", { ...version, ...ON });
    await t.match("head-object-with-legal-hold", "HeadObject", object);
    await t.match("get-legal-hold-set", "GetObjectLegalHold", version);
    await t.match("put-object-legal-hold-off", "PutObjectLegalHold", { ...version, ...OFF });
  },

  [`${LEGAL_HOLD}test_put_object_with_legal_hold`]: async (t) => {
    const object = { Bucket: await lockedBucket(t), Key: "locked-object" };
    const held = { ...object, Body: "test", ObjectLockLegalHoldStatus: "ON" };
    const put = await t.match("put-obj", "PutObject", held);
    await t.match("head-object-with-legal-hold", "HeadObject", object);
    const VersionId = text(put, "VersionId");
    await t.match("put-object-legal-hold-off", "PutObjectLegalHold", { ...object, VersionId, ...OFF });
  },

  [`${LEGAL_HOLD}test_put_object_legal_hold_exc`]: async (t) => {
    const missing = { Bucket: t.newBucketName(), Key: "fake-key", ...ON };
    await t.match("put-object-legal-hold-no-bucket", "PutObjectLegalHold", missing);
    const absent = { Bucket: await lockedBucket(t), Key: "non-existing-key", ...ON };
    await t.match("put-object-legal-hold-no-key", "PutObjectLegalHold", absent);
    const Key = "test-legal-hold";
    await t.s3("PutObject", { Key, Body: "test" });
    await t.match("put-object-retention-regular-bucket", "PutObjectLegalHold", { Key, ...ON });
    await t.match("put-object-retention-empty", "PutObjectLegalHold", { Key });
    await t.match("get-object-retention-regular-bucket", "GetObjectLegalHold", { Key });
  },

  [`${LEGAL_HOLD}test_delete_locked_object`]: async (t) => {
    const Bucket = await lockedBucket(t);
    const Key = "test-delete-locked";
    const put = await t.match("put-obj", "PutObject", { Bucket, Key, Body: "test" });
    const version = { Key, VersionId: text(put, "VersionId") };
    await t.match("put-object-legal-hold", "PutObjectLegalHold", { Bucket, ...version, ...ON });
    await t.match("delete-object-locked", "DeleteObject", { Bucket, ...version });
    await t.match("delete-objects-locked", "DeleteObjects", { Bucket, Delete: { Objects: [version] } });
    await t.match("put-object-legal-hold-off", "PutObjectLegalHold", { Bucket, ...version, ...OFF });
  },

  [`${LEGAL_HOLD}test_s3_legal_hold_lock_versioned`]: async (t) => {
    const object = { Bucket: await lockedBucket(t), Key: "locked-object" };
    const put = async (label: string): Promise<Input> => {
      const answer = await t.match(label, "PutObject", { ...object, Body: "test" });
      return { ...object, VersionId: text(answer, "VersionId") };
    };
    const first = await put("put-object");
    await t.match("put-object-legal-hold-ver1", "PutObjectLegalHold", { ...first, ...ON });
    await t.match("head-object-ver1", "HeadObject", first);
    const second = await put("put-object-2");
    await t.match("put-object-legal-hold-ver2", "PutObjectLegalHold", { ...second, ...ON });
    await t.match("head-object-ver2", "HeadObject", second);
    await t.match("remove-object-legal-hold-ver1", "PutObjectLegalHold", { ...first, ...OFF });
    await t.match("head-object-ver1-no-lock", "HeadObject", first);
    await t.match("delete-object-ver1", "DeleteObject", first);
  },

  [`${LEGAL_HOLD}test_s3_copy_object_legal_hold`]: async (t) => {
    const Bucket = await lockedBucket(t);
    const source = { Bucket, Key: "source-object" };
    const held = { ...source, Body: '{"key": "value"}', ObjectLockLegalHoldStatus: "ON" };
    await t.match("put-object", "PutObject", held);
    await t.match("head-object", "HeadObject", source);
    const CopySource = `${Bucket}/source-object`;
    await t.match("copy-legal-hold", "CopyObject", { Bucket, CopySource, Key: "dest-key" });
    await t.match("head-dest-key", "HeadObject", { Bucket, Key: "dest-key" });
  },
};

const CONFIGURATIONS: Scenarios = {
  [`${CONFIGURATION}test_put_object_lock_configuration_on_existing_bucket`]: async (t) => {
    const put = (label: string) => t.match(label, "PutObjectLockConfiguration", enabled());
    const version = (label: string, Status: string) =>
      t.match(label, "PutBucketVersioning", { VersioningConfiguration: { Status } });
    await t.match("get-object-lock-existing-bucket-no-config", "GetObjectLockConfiguration");
    await put("put-object-lock-existing-bucket-no-versioning");
    await version("suspended-versioning", "Suspended");
    await put("put-object-lock-existing-bucket-versioning-disabled");
    await version("enabled-versioning", "Enabled");
    await put("put-object-lock-existing-bucket-enabled");
    await t.match("get-object-lock-existing-bucket-enabled", "GetObjectLockConfiguration");
  },

  [`${CONFIGURATION}test_get_put_object_lock_configuration`]: async (t) => {
    const bucket = { Bucket: await lockedBucket(t) };
    const put = (label: string, input: Input) =>
      t.match(label, "PutObjectLockConfiguration", { ...bucket, ...input });
    await t.match("get-lock-config-start", "GetObjectLockConfiguration", bucket);
    await put("put-lock-config", enabled({ Mode: "GOVERNANCE", Days: 1 }));
    await t.match("get-lock-config", "GetObjectLockConfiguration", bucket);
    await put("put-lock-config-enabled", enabled());
    await t.match("get-lock-config-only-enabled", "GetObjectLockConfiguration", bucket);
  },

  [`${CONFIGURATION}test_put_object_lock_configuration_exc`]: async (t) => {
    const Bucket = await lockedBucket(t);
    const DefaultRetention = { Mode: "GOVERNANCE", Days: 1 };
    const put = (label: string, ObjectLockConfiguration: Input) =>
      t.match(label, "PutObjectLockConfiguration", { Bucket, ObjectLockConfiguration });
    const ruled = (label: string, rule: Input) =>
      t.match(label, "PutObjectLockConfiguration", { Bucket, ...enabled(rule) });
    await put("put-lock-config-no-enabled", { Rule: { DefaultRetention } });
    await put("put-lock-config-empty", {});
    await put("put-lock-config-empty-rule", { ObjectLockEnabled: "Enabled", Rule: {} });
    await ruled("put-lock-config-empty-retention", {});
    await ruled("put-lock-config-no-days", { Mode: "GOVERNANCE" });
    await ruled("put-lock-config-bad-mode", { Mode: "BAD-VALUE", Days: 1 });
    await ruled("put-lock-config-both-days-years", { ...DefaultRetention, Years: 1 });
  },

  [`${CONFIGURATION}test_get_object_lock_configuration_exc`]: async (t) => {
    await t.match("get-lock-config-no-enabled", "GetObjectLockConfiguration");
    const missing = { Bucket: t.newBucketName() };
    await t.match("get-lock-config-bucket-not-exists", "GetObjectLockConfiguration", missing);
  },

  [`${CONFIGURATION}test_disable_versioning_on_locked_bucket`]: async (t) => {
    const Bucket = await lockedBucket(t);
    const put = (label: string, Status: string) =>
      t.match(label, "PutBucketVersioning", { Bucket, VersioningConfiguration: { Status } });
    await put("disable-versioning-on-locked-bucket", "Suspended");
    await put("enable-versioning-again-on-locked-bucket", "Enabled");
  },

  [`${CONFIGURATION}test_delete_object_with_no_locking`]: async (t) => {
    const Key = "test-delete-no-lock";
    await t.s3("PutObject", { Key, Body: "test" });
    const remove = (label: string, BypassGovernanceRetention: boolean) =>
      t.match(label, "DeleteObject", { Key, BypassGovernanceRetention });
    await remove("delete-object-bypass-no-lock", true);
    await remove("delete-object-bypass-no-lock-false", false);
    await t.match("delete-objects-bypass-no-lock", "DeleteObjects", {
      Delete: { Objects: [{ Key }] },
      BypassGovernanceRetention: true,
    });
  },
};

/** Retention, legal holds and the configuration of Object Lock. */
export const OBJECT_LOCK: Scenarios = { ...RETENTIONS, ...LEGAL_HOLDS, ...CONFIGURATIONS };
