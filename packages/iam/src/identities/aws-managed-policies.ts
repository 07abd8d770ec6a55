import type { Tag } from "./entities.ts";

/** One of the policies that every account has and none can change: `arn:aws:iam::aws:policy/…`. */
export interface AwsManagedPolicy {
  readonly kind: "aws-policy";
  readonly arn: string;
  readonly id: string;
  readonly name: string;
  readonly path: string;
  readonly description: string;
  readonly createdMs: number;
  readonly document: string;
  readonly versionId: "v1";
  readonly tags: readonly Tag[];
}

interface Definition {
  readonly id: string;
  readonly description: string;
  readonly statement: Readonly<Record<string, unknown>> | readonly Readonly<Record<string, unknown>>[];
  readonly path?: string;
}

const allow = (action: readonly string[], resource: unknown = "*") => ({
  Effect: "Allow",
  Action: action,
  Resource: resource,
});

/** Those that can allow anything here: of S3, KMS, IAM and STS. Ids are AWS's where it publishes them. */
const DEFINITIONS: Readonly<Record<string, Definition>> = {
  AdministratorAccess: {
    id: "ANPAIWMBCKSKIEE64ZLYK",
    description: "Provides full access to AWS services and resources.",
    statement: { Effect: "Allow", Action: "*", Resource: "*" },
  },
  PowerUserAccess: {
    id: "ANPAJYRXTHIB4FOVS3ZXS",
    description:
      "Provides full access to AWS services and resources, but does not allow management of Users and groups.",
    statement: [
      { Effect: "Allow", NotAction: ["iam:*", "organizations:*", "account:*"], Resource: "*" },
      allow(["iam:ListRoles", "organizations:DescribeOrganization", "account:ListRegions"]),
    ],
  },
  ReadOnlyAccess: {
    id: "ANPAILL3HVNFSB6DCOWYQ",
    description: "Provides read-only access to AWS services and resources.",
    statement: allow([
      "cloudtrail:Describe*",
      "cloudtrail:Get*",
      "cloudtrail:List*",
      "cloudtrail:LookupEvents",
      "iam:Generate*",
      "iam:Get*",
      "iam:List*",
      "iam:Simulate*",
      "kms:Describe*",
      "kms:Get*",
      "kms:List*",
      "s3:Describe*",
      "s3:Get*",
      "s3:List*",
      "sts:GetAccessKeyInfo",
      "sts:GetCallerIdentity",
      "sts:GetSessionToken",
    ]),
  },
  SecurityAudit: {
    id: "ANPAIX2T3QCXHR2OGGCTO",
    description:
      "The security audit template grants access to read security configuration metadata. It is useful for software that audits the configuration of an AWS account.",
    statement: allow([
      "cloudtrail:DescribeTrails",
      "cloudtrail:GetTrailStatus",
      "cloudtrail:LookupEvents",
      "iam:GenerateCredentialReport",
      "iam:Get*",
      "iam:List*",
      "iam:SimulateCustomPolicy",
      "iam:SimulatePrincipalPolicy",
      "kms:Describe*",
      "kms:GetKeyPolicy",
      "kms:GetKeyRotationStatus",
      "kms:List*",
      "s3:GetAccountPublicAccessBlock",
      "s3:GetBucket*",
      "s3:GetEncryptionConfiguration",
      "s3:GetLifecycleConfiguration",
      "s3:ListAllMyBuckets",
    ]),
  },
  AmazonS3FullAccess: {
    id: "ANPAIFIR6V6BVTRAHWINE",
    description: "Provides full access to all buckets via the AWS Management Console.",
    statement: allow(["s3:*", "s3-object-lambda:*"]),
  },
  AmazonS3ReadOnlyAccess: {
    id: "ANPAIZTJ4DXE7G6AGAE6M",
    description: "Provides read only access to all buckets via the AWS Management Console.",
    statement: allow([
      "s3:Get*",
      "s3:List*",
      "s3:Describe*",
      "s3-object-lambda:Get*",
      "s3-object-lambda:List*",
    ]),
  },
  IAMFullAccess: {
    id: "ANPAI7XKCFMBPM3QQRRVQ",
    description: "Provides full access to IAM via the AWS Management Console.",
    statement: allow(["iam:*"]),
  },
  IAMReadOnlyAccess: {
    id: "ANPAJKSO7NDY4T57MWDSQ",
    description: "Provides read only access to IAM via the AWS Management Console.",
    statement: allow([
      "iam:GenerateCredentialReport",
      "iam:GenerateServiceLastAccessedDetails",
      "iam:Get*",
      "iam:List*",
      "iam:SimulateCustomPolicy",
      "iam:SimulatePrincipalPolicy",
    ]),
  },
  AWSKeyManagementServicePowerUser: {
    id: "ANPAJNPP7PPPPMJRV2SA4",
    description: "Provides access to AWS Key Management Service (KMS).",
    statement: allow([
      "kms:CreateAlias",
      "kms:CreateKey",
      "kms:DeleteAlias",
      "kms:Describe*",
      "kms:GenerateRandom",
      "kms:Get*",
      "kms:List*",
      "kms:TagResource",
      "kms:UntagResource",
      "iam:ListGroups",
      "iam:ListRoles",
      "iam:ListUsers",
    ]),
  },
  AWSCloudTrail_FullAccess: {
    id: "ANPAZKAPJZG4NWKLIZZLV",
    description: "Provides full access to AWS CloudTrail.",
    statement: allow([
      "cloudtrail:*",
      "s3:CreateBucket",
      "s3:PutBucketPolicy",
      "s3:ListAllMyBuckets",
      "s3:GetBucketLocation",
      "s3:GetBucketPolicy",
      "iam:ListRoles",
      "kms:CreateKey",
      "kms:CreateAlias",
      "kms:ListKeys",
      "kms:ListAliases",
    ]),
  },
  AWSCloudTrail_ReadOnlyAccess: {
    id: "ANPAZKAPJZG4MKRXGEMVR",
    description: "Provides read only access to AWS CloudTrail.",
    statement: allow([
      "cloudtrail:Get*",
      "cloudtrail:Describe*",
      "cloudtrail:List*",
      "cloudtrail:LookupEvents",
      "s3:ListAllMyBuckets",
      "kms:ListAliases",
    ]),
  },
  AWSDenyAll: {
    id: "ANPAZKAPJZG4P43IUQ5E5",
    description: "Deny all access.",
    statement: { Sid: "DenyAll", Effect: "Deny", Action: ["*"], Resource: "*" },
  },
};

const CREATED_MS = Date.UTC(2015, 1, 6, 18, 39, 46);

const BY_ARN: ReadonlyMap<string, AwsManagedPolicy> = new Map(
  Object.entries(DEFINITIONS).map(([name, { id, description, statement, path = "/" }]) => {
    const arn = `arn:aws:iam::aws:policy${path}${name}`;
    const document = JSON.stringify({ Version: "2012-10-17", Statement: statement }, null, 4);
    const policy: AwsManagedPolicy = {
      kind: "aws-policy",
      arn,
      id,
      name,
      path,
      description,
      createdMs: CREATED_MS,
      document,
      versionId: "v1",
      tags: [],
    };
    return [arn, policy];
  }),
);

export function findAwsManagedPolicy(arn: string): AwsManagedPolicy | null {
  return BY_ARN.get(arn) ?? null;
}

/** By name. */
export function listAwsManagedPolicies(): readonly AwsManagedPolicy[] {
  return [...BY_ARN.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}
