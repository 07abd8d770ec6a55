/**
 * What of requests to IAM and STS their events show, by the first part of a parameter's name, which means the same in
 * every operation. Never passwords, codes, tokens or assertions.
 */
const TEXTS = [
  "AccessKeyId",
  "AccountAlias",
  "ClientID",
  "Description",
  "DurationSeconds",
  "EntityFilter",
  "ExternalId",
  "Filter",
  "GroupName",
  "MaxItems",
  "MaxSessionDuration",
  "Name",
  "NewGroupName",
  "NewPath",
  "NewUserName",
  "OnlyAttached",
  "OpenIDConnectProviderArn",
  "Path",
  "PathPrefix",
  "PermissionsBoundary",
  "PolicyArn",
  "PolicyName",
  "PolicyScope",
  "PolicySourceArn",
  "PolicyUsageFilter",
  "ProviderId",
  "RoleArn",
  "RoleName",
  "RoleSessionName",
  "Scope",
  "SerialNumber",
  "SetAsDefault",
  "SourceIdentity",
  "Status",
  "Url",
  "UserName",
  "VersionId",
  // Policies are no secrets: the trail must tell who was given what.
  "AssumeRolePolicyDocument",
  "Policy",
  "PolicyDocument",
];
const LISTS = [
  "ActionNames",
  "ClientIDList",
  "ResourceArns",
  "TagKeys",
  "ThumbprintList",
  "TransitiveTagKeys",
];

/** What of an answer's text is shown: names and ids, never a secret key or a token. */
const ANSWERED = [
  "AccessKeyId",
  "Arn",
  "AssumedRoleId",
  "Expiration",
  "GroupId",
  "PolicyId",
  "RoleId",
  "UserId",
  "UserName",
];

export const QUERY_TEXTS: readonly string[] = TEXTS;
export const QUERY_LISTS: readonly string[] = LISTS;
export const QUERY_ANSWERED: readonly string[] = ANSWERED;
