import type { Principal, ResourcePolicyMode, UserPrincipal } from "@strongroom/iam";

export const OWN = "111122223333";
export const OTHER = "444455556666";

function user(accountId: string, name: string): UserPrincipal {
  return {
    kind: "user",
    accountId,
    arn: `arn:aws:iam::${accountId}:user/${name}`,
    userId: `AIDA${name.toUpperCase().padEnd(17, "A")}`,
    userName: name,
    tags: new Map(),
  };
}

const ANN = user(OWN, "ann");

/** Who asks. No root: the other engine does not know it. */
export const PRINCIPALS: readonly Principal[] = [
  ANN,
  ANN,
  user(OWN, "bob"),
  user(OTHER, "cid"),
  {
    kind: "role-session",
    accountId: OWN,
    arn: `arn:aws:sts::${OWN}:assumed-role/reader/night`,
    roleArn: `arn:aws:iam::${OWN}:role/reader`,
    userId: "AROAREADERAAAAAAAAAAA:night",
    roleId: "AROAREADERAAAAAAAAAAA",
    roleName: "reader",
    sessionName: "night",
    tags: new Map(),
  },
  {
    kind: "role-session",
    accountId: OTHER,
    arn: `arn:aws:sts::${OTHER}:assumed-role/writer/day`,
    roleArn: `arn:aws:iam::${OTHER}:role/writer`,
    userId: "AROAWRITERAAAAAAAAAAA:day",
    roleId: "AROAWRITERAAAAAAAAAAA",
    roleName: "writer",
    sessionName: "day",
    tags: new Map(),
  },
  {
    kind: "federated-user",
    accountId: OWN,
    arn: `arn:aws:sts::${OWN}:federated-user/ann`,
    userId: `${OWN}:ann`,
    federatedName: "ann",
    issuer: ANN,
    tags: new Map(),
  },
  { kind: "anonymous" },
  { kind: "service", service: "cloudtrail.amazonaws.com" },
];

/** What can be asked for: an action, ARNs it is asked of, and how the service counts the resource's own policy. */
export interface Subject {
  readonly service: "s3" | "kms" | "iam" | "sts";
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly mode: ResourcePolicyMode;
  readonly hasResourcePolicy: boolean;
}

const KEYS = ["11111111-aaaa-4aaa-8aaa-000000000001", "22222222-bbbb-4bbb-8bbb-000000000002"];

export const SUBJECTS: readonly Subject[] = [
  {
    service: "s3",
    actions: ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:GetObjectTagging"],
    resources: [
      "arn:aws:s3:::box/ann/a.txt",
      "arn:aws:s3:::box/audit/b:c.txt",
      "arn:aws:s3:::bin/ann",
      "arn:aws:s3:::box/x",
    ],
    mode: "or-identity",
    hasResourcePolicy: true,
  },
  {
    service: "s3",
    actions: ["s3:ListBucket", "s3:GetBucketPolicy"],
    resources: ["arn:aws:s3:::box", "arn:aws:s3:::bin"],
    mode: "or-identity",
    hasResourcePolicy: true,
  },
  {
    service: "kms",
    actions: ["kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey"],
    resources: KEYS.map((id) => `arn:aws:kms:eu-west-1:${OWN}:key/${id}`),
    mode: "delegates",
    hasResourcePolicy: true,
  },
  {
    service: "iam",
    actions: ["iam:GetUser", "iam:DeleteUser", "iam:CreateAccessKey"],
    resources: [`arn:aws:iam::${OWN}:user/ann`, `arn:aws:iam::${OWN}:user/bob`],
    mode: "or-identity",
    hasResourcePolicy: false,
  },
  {
    service: "sts",
    actions: ["sts:AssumeRole"],
    resources: [`arn:aws:iam::${OWN}:role/reader`, `arn:aws:iam::${OWN}:role/admin`],
    mode: "required",
    hasResourcePolicy: true,
  },
];

/** Values a request may have of each condition key, by what its operators compare. */
export const CONTEXT_KEYS = {
  text: {
    "aws:PrincipalTag/team": ["audit", "Audit", "a*", "board", "x"],
    "aws:username": ["ann", "bob"],
    "aws:UserAgent": ["aws-cli/2.0", "Boto3 1.42", "aws-cli"],
  },
  truth: { "aws:SecureTransport": ["true", "false"], "aws:MultiFactorAuthPresent": ["true", "false"] },
  number: { "aws:MultiFactorAuthAge": ["0", "59", "60", "3600.5", "-1"] },
  moment: { "aws:CurrentTime": ["2026-01-01T00:00:00Z", "2026-06-01T12:30:00Z", "2027-01-01T00:00:00Z"] },
  address: { "aws:SourceIp": ["203.0.113.9", "203.0.114.9", "10.1.2.3", "2001:db8::1", "2001:db9::1"] },
  arn: {
    "aws:SourceArn": [
      `arn:aws:s3:::box`,
      `arn:aws:sns:eu-west-1:${OWN}:topic:a`,
      `arn:aws:sns:us-east-1:${OTHER}:topic`,
    ],
    "aws:PrincipalArn": [`arn:aws:iam::${OWN}:user/ann`, `arn:aws:iam::${OTHER}:role/writer`],
  },
  list: {
    "aws:CalledVia": ["athena.amazonaws.com", "glue.amazonaws.com", "kms.amazonaws.com"],
    "aws:PrincipalOrgPaths": ["o-a/r-1/ou-1/", "o-a/r-1/ou-2/", "o-b/r-1/"],
  },
} as const satisfies Record<string, Readonly<Record<string, readonly string[]>>>;

export type KeyKind = keyof typeof CONTEXT_KEYS;
