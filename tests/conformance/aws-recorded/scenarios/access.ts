import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import type { Answer } from "../answer.ts";
import type { Scenario, Scenarios } from "../scenario.ts";
import { entries } from "../scenario.ts";

const CLASS = "test_s3.py::TestS3::";
const API = "test_s3_api.py::TestS3";
const LOG_DELIVERY = "http://acs.amazonaws.com/groups/s3/LogDelivery";
const FAKE_GROUP = "http://acs.amazonaws.com/groups/s3/FakeGroup";

const readPolicy = (bucket: string): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { AWS: "*" },
        Action: "s3:GetObject",
        Resource: `arn:aws:s3:::${bucket}/*`,
      },
    ],
  });

/** The recorded tests open their bucket first: lists count, and nothing public is blocked. */
async function open(t: Scenario, Bucket = t.bucket): Promise<void> {
  await t.s3("PutBucketOwnershipControls", {
    Bucket,
    OwnershipControls: { Rules: [{ ObjectOwnership: "ObjectWriter" }] },
  });
  await t.s3("DeletePublicAccessBlock", { Bucket });
}

async function callersAccountId(t: Scenario): Promise<string> {
  const { credentials, endpoint, region, requestHandler } = t.clients.s3.config;
  const sts = new STSClient({
    credentials,
    region,
    requestHandler,
    ...(endpoint === undefined ? {} : { endpoint }),
  });
  return (await sts.send(new GetCallerIdentityCommand({}))).Account ?? "";
}

function withParsedPolicy(answer: Answer): Answer {
  const policy = answer["Policy"];
  return typeof policy === "string" ? { ...answer, Policy: JSON.parse(policy) } : answer;
}

async function matchPolicy(t: Scenario, label: string, input: Record<string, unknown> = {}): Promise<void> {
  t.check(label, withParsedPolicy(await t.attempt("GetBucketPolicy", input)));
}

async function getPolicy(t: Scenario): Promise<void> {
  await open(t);
  const account = await callersAccountId(t);
  await t.match("get-bucket-policy-no-such-bucket-policy", "GetBucketPolicy");
  await t.s3("PutBucketPolicy", { Policy: readPolicy(t.bucket) });
  await matchPolicy(t, "get-bucket-policy");
  await matchPolicy(t, "get-bucket-policy-with-expected-bucket-owner", { ExpectedBucketOwner: account });
  await matchPolicy(t, "get-bucket-policy-with-expected-bucket-owner-error", {
    ExpectedBucketOwner: "000000000002",
  });
}

async function putPolicy(t: Scenario): Promise<void> {
  await open(t);
  await t.match("put-bucket-policy", "PutBucketPolicy", { Policy: readPolicy(t.bucket) });
  await matchPolicy(t, "get-bucket-policy");
}

async function putPolicyAsExpectedOwner(t: Scenario): Promise<void> {
  await open(t);
  const Policy = readPolicy(t.bucket);
  await t.match("put-bucket-policy-with-expected-bucket-owner-error", "PutBucketPolicy", {
    Policy,
    ExpectedBucketOwner: "000000000002",
  });
  await t.match("put-bucket-policy-with-expected-bucket-owner", "PutBucketPolicy", {
    Policy,
    ExpectedBucketOwner: await callersAccountId(t),
  });
}

async function deletePolicy(t: Scenario): Promise<void> {
  await open(t);
  await t.s3("PutBucketPolicy", { Policy: readPolicy(t.bucket) });
  await t.match("delete-bucket-policy", "DeleteBucketPolicy");
  await t.match("get-bucket-policy-no-such-bucket-policy", "GetBucketPolicy");
}

async function deletePolicyAsExpectedOwner(t: Scenario): Promise<void> {
  await open(t);
  await t.s3("PutBucketPolicy", { Policy: readPolicy(t.bucket) });
  const remove = (label: string, ExpectedBucketOwner: string) =>
    t.match(label, "DeleteBucketPolicy", { ExpectedBucketOwner });
  await remove("delete-bucket-policy-with-expected-bucket-owner-error", "000000000002");
  await remove("delete-bucket-policy-invalid-bucket-owner", "invalid");
  await remove("delete-bucket-policy-with-expected-bucket-owner", await callersAccountId(t));
}

const getPolicyOfInvalidAccount = async (t: Scenario, ExpectedBucketOwner: string): Promise<void> => {
  await t.match("get-bucket-policy-invalid-bucket-owner", "GetBucketPolicy", { ExpectedBucketOwner });
};

const putPolicyOfInvalidAccount = async (t: Scenario, ExpectedBucketOwner: string): Promise<void> => {
  const Policy = readPolicy(t.bucket);
  await t.match("put-bucket-policy-invalid-bucket-owner", "PutBucketPolicy", { ExpectedBucketOwner, Policy });
};

async function policyLife(t: Scenario): Promise<void> {
  await open(t);
  await t.match("get-bucket-default-policy", "GetBucketPolicy");
  await t.match("put-bucket-policy", "PutBucketPolicy", { Policy: readPolicy(t.bucket) });
  await matchPolicy(t, "get-bucket-policy");
  await t.match("delete-bucket-policy", "DeleteBucketPolicy");
  await t.match("get-bucket-policy-after-delete", "GetBucketPolicy");
  await t.match("delete-bucket-policy-after-delete", "DeleteBucketPolicy");
}

async function policyExceptions(t: Scenario): Promise<void> {
  await t.match("put-empty-bucket-policy", "PutBucketPolicy", { Policy: "" });
  await t.match("put-bucket-policy-randomstring", "PutBucketPolicy", { Policy: "random-string" });
  await t.match("put-bucket-policy-empty-json", "PutBucketPolicy", { Policy: "{}" });
}

const controls = (...ObjectOwnership: readonly string[]) => ({
  OwnershipControls: { Rules: ObjectOwnership.map((one) => ({ ObjectOwnership: one })) },
});

async function ownershipLife(t: Scenario): Promise<void> {
  await t.match("default-ownership", "GetBucketOwnershipControls");
  await t.match("put-ownership", "PutBucketOwnershipControls", controls("ObjectWriter"));
  await t.match("get-ownership", "GetBucketOwnershipControls");
  await t.match("delete-ownership", "DeleteBucketOwnershipControls");
  await t.match("get-ownership-after-delete", "GetBucketOwnershipControls");
  await t.match("delete-ownership-after-delete", "DeleteBucketOwnershipControls");
  const Bucket = await t.createBucket({ ObjectOwnership: "BucketOwnerPreferred" });
  await t.match("get-ownership-at-creation", "GetBucketOwnershipControls", { Bucket });
}

async function ownershipExceptions(t: Scenario): Promise<void> {
  const put = (label: string, input: object) => t.match(label, "PutBucketOwnershipControls", { ...input });
  await t.match("default-ownership", "GetBucketOwnershipControls");
  await put("put-ownership-multiple-rules", controls("BucketOwnerPreferred", "ObjectWriter"));
  await put("put-ownership-wrong-value", controls("RandomValue"));
  await put("put-ownership-empty-rule", { OwnershipControls: { Rules: [] } });
  const create = (label: string, ObjectOwnership: string) =>
    t.match(label, "CreateBucket", { Bucket: t.newBucketName(), ObjectOwnership });
  await create("ownership-wrong-value-at-creation", "RandomValue");
  t.leaveOut(
    "ownership-non-value-at-creation",
    "the SDK for JavaScript does not send a header without a value",
  );
}

async function publicAccessBlock(t: Scenario): Promise<void> {
  await t.match("get-default-public-access-block", "GetPublicAccessBlock");
  await t.match("put-public-access-block", "PutPublicAccessBlock", {
    PublicAccessBlockConfiguration: {
      BlockPublicAcls: false,
      IgnorePublicAcls: false,
      BlockPublicPolicy: false,
    },
  });
  await t.match("get-public-access-block", "GetPublicAccessBlock");
  await t.match("delete-public-access-block", "DeletePublicAccessBlock");
  await t.match("get-public-access-block-after-delete", "GetPublicAccessBlock");
  await t.match("idempotent-delete-public-access-block", "DeletePublicAccessBlock");
}

interface Owner {
  readonly ID: string;
}

async function ownerOf(t: Scenario): Promise<Owner> {
  const grants = entries(await t.s3("GetBucketAcl"), "Grants");
  const grantee = grants[0]?.["Grantee"];
  const fields = new Map(Object.entries(grantee !== null && typeof grantee === "object" ? grantee : {}));
  return { ID: String(fields.get("ID")) };
}

const toGroup = (URI: string, Permission: string) => ({ Grantee: { URI, Type: "Group" }, Permission });
const toUser = (ID: string, Permission: string) => ({ Grantee: { ID, Type: "CanonicalUser" }, Permission });

async function bucketAcl(t: Scenario): Promise<void> {
  await open(t);
  const owner = await ownerOf(t);
  await t.s3("PutBucketAcl", { ACL: "public-read" });
  await t.match("get-bucket-acl", "GetBucketAcl");
  await t.s3("PutBucketAcl", { ACL: "private" });
  await t.match("get-bucket-canned-acl", "GetBucketAcl");
  await t.s3("PutBucketAcl", { GrantRead: `uri="${LOG_DELIVERY}"` });
  await t.match("get-bucket-grant-acl", "GetBucketAcl");
  const Grants = [toUser(owner.ID, "FULL_CONTROL"), toGroup(LOG_DELIVERY, "WRITE")];
  await t.s3("PutBucketAcl", { AccessControlPolicy: { Owner: owner, Grants } });
  await t.match("get-bucket-acp-acl", "GetBucketAcl");
}

async function objectAcl(t: Scenario): Promise<void> {
  await open(t);
  const Key = "object-key-acl";
  const owner = await ownerOf(t);
  await t.match("put-object-default-acl", "PutObject", { Key, Body: "", ChecksumAlgorithm: "CRC32" });
  await t.match("get-object-acl-default", "GetObjectAcl", { Key });
  const grants = [toUser(owner.ID, "FULL_CONTROL"), toGroup(LOG_DELIVERY, "WRITE")];
  await t.match("put-object-acl", "PutObjectAcl", { Key, ACL: "public-read" });
  await t.match("get-object-acl", "GetObjectAcl", { Key });
  await t.s3("PutObjectAcl", { Key, GrantRead: `uri="${LOG_DELIVERY}"` });
  await t.match("get-object-grant-acl", "GetObjectAcl", { Key });
  await t.s3("PutObjectAcl", { Key, AccessControlPolicy: { Owner: owner, Grants: grants } });
  await t.match("get-object-acp-acl", "GetObjectAcl", { Key });
}

/** The refusals that bucket and object lists share; `prefix` is `put-bucket` or `put-object`. */
async function refuseLists(t: Scenario, prefix: string, operation: string, target: object): Promise<void> {
  const owner = await ownerOf(t);
  const put = (label: string, input: object) => t.match(label, operation, { ...target, ...input });
  await put(`${prefix}-grant-acl-fake-uri`, { GrantWrite: `uri="${FAKE_GROUP}"` });
  await put(`${prefix}-grant-acl-fake-key`, { GrantWrite: 'fakekey="1234"' });
  await put(`${prefix}-grant-acl-wrong-id`, { GrantWrite: 'id="wrong-id"' });
  const policies: readonly object[] = [
    { Grants: [toGroup(LOG_DELIVERY, "WRITE")] },
    { Owner: owner },
    { Owner: owner, Grants: [toUser("wrong-id", "FULL_CONTROL")] },
    { Owner: owner, Grants: [toGroup(FAKE_GROUP, "WRITE")] },
    { Owner: { ID: "wrong-id" }, Grants: [toUser(owner.ID, "FULL_CONTROL")] },
    { Owner: owner, Grants: [toUser(owner.ID, "WRONG-PERMISSION")] },
  ];
  for (const [at, AccessControlPolicy] of policies.entries()) {
    await put(`${prefix}-acp-acl-${at + 1}`, { AccessControlPolicy });
  }
  await put(`${prefix}-empty-acp`, { AccessControlPolicy: {} });
  await put(`${prefix}-two-type-acl`, { ACL: "public-read", GrantRead: `uri="${LOG_DELIVERY}"` });
  await put(`${prefix}-two-type-acl-acp`, {
    ACL: "public-read",
    AccessControlPolicy: { Owner: owner, Grants: [toUser(owner.ID, "FULL_CONTROL")] },
  });
}

async function bucketAclExceptions(t: Scenario): Promise<void> {
  await open(t);
  await t.match("put-bucket-canned-acl", "PutBucketAcl", { ACL: "fake-acl" });
  await t.match("put-bucket-empty", "PutBucketAcl");
  await refuseLists(t, "put-bucket", "PutBucketAcl", {});
}

async function objectAclExceptions(t: Scenario): Promise<void> {
  await open(t);
  const Key = "object-key-acl";
  await t.match("put-object-canned-acl", "PutObject", { Key, ACL: "fake-acl" });
  await t.s3("PutObject", { Key });
  await t.match("put-object-acl-canned-acl", "PutObjectAcl", { Key, ACL: "fake-acl" });
  await t.match("put-object-acl-empty", "PutObjectAcl", { Key });
  await refuseLists(t, "put-object", "PutObjectAcl", { Key });
}

async function aclOfDeleteMarker(t: Scenario): Promise<void> {
  await open(t);
  await t.setVersioning("Enabled");
  const Key = "test-key-versioned";
  await t.match("put-obj-1", "PutObject", { Key, Body: "something", ChecksumAlgorithm: "CRC32" });
  await t.match("put-obj-2", "PutObject", { Key, Body: "something-v2", ChecksumAlgorithm: "CRC32" });
  const marker = await t.match("delete-object", "DeleteObject", { Key });
  const named = { Key, VersionId: marker["VersionId"] };
  await t.match("put-acl-delete-marker", "PutObjectAcl", { Key, ACL: "public-read" });
  await t.match("get-acl-delete-marker", "GetObjectAcl", { Key });
  await t.match("put-acl-delete-marker-version-id", "PutObjectAcl", { ...named, ACL: "public-read" });
  await t.match("get-acl-delete-marker-version-id", "GetObjectAcl", named);
}

async function aclsOfUploads(t: Scenario): Promise<void> {
  await open(t);
  await t.s3("PutBucketAcl", { ACL: "public-read" });
  await t.match("bucket-acl", "GetBucketAcl");
  for (const [at, list] of [{}, { ACL: "private" }, { ACL: "public-read-write" }].entries()) {
    const Key = `permission-${at}`;
    const { UploadId } = await t.s3("CreateMultipartUpload", { Key, ...list });
    const part = await t.s3("UploadPart", { Key, UploadId, PartNumber: 1, Body: "part" });
    const Parts = [{ PartNumber: 1, ETag: part["ETag"] }];
    await t.s3("CompleteMultipartUpload", { Key, UploadId, MultipartUpload: { Parts } });
    await t.match(`permission-acl-key${at}`, "GetObjectAcl", { Key });
  }
}

export const ACCESS: Scenarios = {
  [`${CLASS}test_get_bucket_policy`]: getPolicy,
  [`${CLASS}test_put_bucket_policy`]: putPolicy,
  [`${CLASS}test_delete_bucket_policy`]: deletePolicy,
  [`${CLASS}test_put_bucket_policy_expected_bucket_owner`]: putPolicyAsExpectedOwner,
  [`${CLASS}test_delete_bucket_policy_expected_bucket_owner`]: deletePolicyAsExpectedOwner,
  [`${CLASS}test_get_bucket_policy_invalid_account_id`]: getPolicyOfInvalidAccount,
  [`${CLASS}test_put_bucket_policy_invalid_account_id`]: putPolicyOfInvalidAccount,
  [`${API}BucketPolicy::test_bucket_policy_crud`]: policyLife,
  [`${API}BucketPolicy::test_bucket_policy_exc`]: policyExceptions,
  [`${API}BucketOwnershipControls::test_crud_bucket_ownership_controls`]: ownershipLife,
  [`${API}BucketOwnershipControls::test_bucket_ownership_controls_exc`]: ownershipExceptions,
  [`${API}PublicAccessBlock::test_crud_public_access_block`]: publicAccessBlock,
  [`${CLASS}test_s3_bucket_acl`]: bucketAcl,
  [`${CLASS}test_s3_object_acl`]: objectAcl,
  [`${CLASS}test_s3_bucket_acl_exceptions`]: bucketAclExceptions,
  [`${CLASS}test_s3_object_acl_exceptions`]: objectAclExceptions,
  [`${CLASS}test_put_object_acl_on_delete_marker`]: aclOfDeleteMarker,
  [`${CLASS}test_s3_multipart_upload_acls`]: aclsOfUploads,
};
