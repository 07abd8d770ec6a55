import { parseIso8601, printIso8601 } from "@strongroom/wire";
import type { S3Request } from "../http/s3-request.ts";
import { isCopy, readCopySource } from "../object/copy-source.ts";
import { parseTaggingQuery, type Tags } from "../object/tagging.ts";
import { LOCK_DATE, LOCK_HOLD, LOCK_MODE } from "../object-lock/new-object-lock.ts";
import type { RequiredPermission } from "../operation.ts";

/** What condition keys are read from. */
export interface ConditionFacts {
  readonly request: S3Request;
  readonly operation: string;
  readonly permission: RequiredPermission;
  readonly resourceAccountId: string;
  readonly nowMs: number;
  readonly region: string;
  /** Facts that have to be fetched first; asking for one that was not fetched notes that it is wanted. */
  readonly fetched: FetchedFacts;
}

/** Facts about what is stored, or in the body, that few policies ask for. */
export interface FetchedFacts {
  /** Tags of the version the permission is about; null: there is no such version. */
  existingTags(): Tags | null;
  /** Tags in the body of PutObjectTagging. */
  requestTags(): Tags | null;
  /** The lock in the body of PutObjectRetention or PutObjectLegalHold. */
  requestLock(): RequestLock | null;
  /** What the upload a part belongs to was begun with. */
  upload(): UploadFacts | null;
}

/** Of an upload, what was decided when it was begun. */
export interface UploadFacts {
  readonly encryption: UploadEncryption;
  readonly lock: RequestLock;
  readonly initiatedMs: number;
}

/** In the words of the headers `x-amz-server-side-encryption` and `…-aws-kms-key-id`; null: it had none. */
export interface UploadEncryption {
  readonly algorithm: string | null;
  readonly kmsKeyArn: string | null;
}

/** In the words of the `x-amz-object-lock-…` headers; undefined: it is not said. */
export interface RequestLock {
  readonly mode?: string | undefined;
  readonly retainUntilDate?: string | undefined;
  readonly legalHold?: string | undefined;
}

type Values = readonly string[] | undefined;
type Source = (facts: ConditionFacts) => Values;

interface ConditionKey {
  /** Actions whose requests have this key; null: all. */
  readonly actions: ReadonlySet<string> | null;
  readonly read: Source;
}

const one = (value: string | undefined | null): Values =>
  value === undefined || value === null ? undefined : [value];
const header =
  (name: string): Source =>
  ({ request }) =>
    one(request.header(name));
const queried =
  (name: string): Source =>
  ({ request }) =>
    one(request.query.get(name));
const flag = (value: boolean): Values => [value ? "true" : "false"];

const LISTS = new Set(["s3:ListBucket", "s3:ListBucketVersions"]);
const CREATES = new Set(["s3:PutObject"]);
const WRITES = new Set(["s3:PutObject", "s3:BypassGovernanceRetention"]);
const ENCRYPTS = new Set([...WRITES, "s3:UpdateObjectEncryption"]);
const VERSIONED = new Set([
  "s3:GetObjectVersion",
  "s3:GetObjectVersionAcl",
  "s3:GetObjectVersionAttributes",
  "s3:GetObjectVersionTagging",
  "s3:PutObjectVersionAcl",
  "s3:PutObjectVersionTagging",
  "s3:DeleteObjectVersion",
  "s3:DeleteObjectVersionTagging",
]);
const GIVES_ACCESS = new Set([
  "s3:CreateBucket",
  "s3:PutBucketAcl",
  "s3:PutObject",
  "s3:PutObjectAcl",
  "s3:PutObjectVersionAcl",
  "s3:BypassGovernanceRetention",
]);
/** Actions on an object that is there, whose tags AWS lets policies ask for. */
const ON_EXISTING = new Set([
  "s3:GetObject",
  "s3:GetObjectVersion",
  "s3:GetObjectAcl",
  "s3:GetObjectVersionAcl",
  "s3:GetObjectAttributes",
  "s3:GetObjectVersionAttributes",
  "s3:GetObjectTagging",
  "s3:GetObjectVersionTagging",
  "s3:PutObjectAcl",
  "s3:PutObjectVersionAcl",
  "s3:PutObjectTagging",
  "s3:PutObjectVersionTagging",
  "s3:DeleteObjectTagging",
  "s3:DeleteObjectVersionTagging",
  "s3:UpdateObjectEncryption",
]);
const TAGS_REQUEST = new Set([...WRITES, "s3:PutObjectTagging", "s3:PutObjectVersionTagging"]);
const RETAINS = new Set(["s3:PutObject", "s3:PutObjectRetention"]);
const HOLDS = new Set(["s3:PutObject", "s3:PutObjectLegalHold"]);

const inWrites = (read: Source): ConditionKey => ({ actions: WRITES, read });
const everywhere = (read: Source): ConditionKey => ({ actions: null, read });

/** Every condition key of S3, by lower-case name. A name that is not here does not exist, whatever a request says [L-165]. */
export const S3_CONDITION_KEYS: ReadonlyMap<string, ConditionKey> = new Map([
  ["s3:prefix", { actions: LISTS, read: listedPrefix }],
  ["s3:delimiter", { actions: LISTS, read: queried("delimiter") }],
  ["s3:max-keys", { actions: LISTS, read: queried("max-keys") }],
  ["s3:versionid", { actions: VERSIONED, read: ({ permission }) => one(permission.versionId) }],
  ["s3:x-amz-acl", { actions: GIVES_ACCESS, read: header("x-amz-acl") }],
  ["s3:x-amz-grant-read", { actions: GIVES_ACCESS, read: header("x-amz-grant-read") }],
  ["s3:x-amz-grant-write", { actions: GIVES_ACCESS, read: header("x-amz-grant-write") }],
  ["s3:x-amz-grant-read-acp", { actions: GIVES_ACCESS, read: header("x-amz-grant-read-acp") }],
  ["s3:x-amz-grant-write-acp", { actions: GIVES_ACCESS, read: header("x-amz-grant-write-acp") }],
  ["s3:x-amz-grant-full-control", { actions: GIVES_ACCESS, read: header("x-amz-grant-full-control") }],
  ["s3:x-amz-server-side-encryption", { actions: ENCRYPTS, read: serverSideEncryption }],
  ["s3:x-amz-server-side-encryption-aws-kms-key-id", { actions: ENCRYPTS, read: kmsKeyArn }],
  [
    "s3:x-amz-server-side-encryption-customer-algorithm",
    inWrites(header("x-amz-server-side-encryption-customer-algorithm")),
  ],
  ["s3:x-amz-copy-source", inWrites(copySource)],
  ["s3:x-amz-metadata-directive", inWrites(header("x-amz-metadata-directive"))],
  [
    "s3:x-amz-storage-class",
    {
      actions: new Set([...WRITES, "s3:PutObjectAcl", "s3:PutObjectVersionAcl"]),
      read: header("x-amz-storage-class"),
    },
  ],
  ["s3:x-amz-website-redirect-location", inWrites(header("x-amz-website-redirect-location"))],
  ["s3:if-match", { actions: new Set([...CREATES, "s3:DeleteObject"]), read: header("if-match") }],
  ["s3:if-none-match", { actions: CREATES, read: header("if-none-match") }],
  [
    "s3:objectcreationoperation",
    { actions: CREATES, read: ({ operation }) => flag(!MAKES_NO_OBJECT.has(operation)) },
  ],
  ["s3:object-lock-mode", { actions: RETAINS, read: (facts) => one(requestLock(facts)?.mode) }],
  [
    "s3:object-lock-retain-until-date",
    { actions: RETAINS, read: (facts) => one(requestLock(facts)?.retainUntilDate) },
  ],
  ["s3:object-lock-remaining-retention-days", { actions: RETAINS, read: remainingRetentionDays }],
  ["s3:object-lock-legal-hold", { actions: HOLDS, read: (facts) => one(requestLock(facts)?.legalHold) }],
  [
    "s3:x-amz-object-ownership",
    { actions: new Set(["s3:CreateBucket"]), read: header("x-amz-object-ownership") },
  ],
  [
    "s3:requestobjecttagkeys",
    { actions: TAGS_REQUEST, read: (facts) => Object.keys(requestTags(facts) ?? {}) },
  ],
  ["s3:x-amz-content-sha256", everywhere(contentSha256)],
  [
    "s3:authtype",
    everywhere(({ request: { signature } }) =>
      signature === null ? undefined : [AUTH_TYPES[signature.kind]],
    ),
  ],
  [
    "s3:signatureversion",
    everywhere(({ request: { signature } }) =>
      signature === null ? undefined : [signature.version ?? "AWS4-HMAC-SHA256"],
    ),
  ],
  ["s3:signatureage", everywhere(signatureAge)],
  ["s3:tlsversion", everywhere(({ request }) => one(request.tlsVersion))],
  ["s3:resourceaccount", everywhere(({ resourceAccountId }) => one(resourceAccountId))],
  ["aws:resourceaccount", everywhere(({ resourceAccountId }) => one(resourceAccountId))],
  ["aws:securetransport", everywhere(({ request }) => flag(request.secure))],
  ["aws:sourceip", everywhere(({ request }) => one(request.sourceIp === "" ? undefined : request.sourceIp))],
  ["aws:sourcearn", everywhere(({ request }) => one(request.servedSource?.arn))],
  ["aws:sourceaccount", everywhere(({ request }) => one(request.servedSource?.accountId))],
  ["aws:useragent", everywhere(header("user-agent"))],
  ["aws:referer", everywhere(header("referer"))],
  ["aws:currenttime", everywhere(({ nowMs }) => [new Date(nowMs).toISOString()])],
  ["aws:epochtime", everywhere(({ nowMs }) => [String(Math.floor(nowMs / 1000))])],
  ["aws:requestedregion", everywhere(({ region }) => [region])],
  ["aws:viaawsservice", everywhere(() => ["false"])],
]);

/** Keys of one value for each tag, by what stands before the slash. Tag names keep their case; keys ignore it. */
export const TAG_CONDITION_KEYS: ReadonlyMap<
  string,
  { readonly actions: ReadonlySet<string>; readonly tags: (facts: ConditionFacts) => Tags | null }
> = new Map([
  ["s3:existingobjecttag", { actions: ON_EXISTING, tags: ({ fetched }) => fetched.existingTags() }],
  ["s3:requestobjecttag", { actions: TAGS_REQUEST, tags: requestTags }],
]);

/** Keys of S3 that policies may name though no request here has them. */
const ABSENT_KEYS: ReadonlySet<string> = new Set([
  "s3:accessgrantscope",
  "s3:accessgrantsinstancearn",
  "s3:accessgrantslocationscope",
  "s3:accesspointnetworkorigin",
  "s3:accesspointtag",
  "s3:annotation-prefix",
  "s3:buckettag",
  "s3:dataaccesspointaccount",
  "s3:dataaccesspointarn",
  "s3:deliverysourcearn",
  "s3:destinationregion",
  "s3:existingjoboperation",
  "s3:existingjobpriority",
  "s3:inventoryaccessibleoptionalfields",
  "s3:isreplicationpauserequest",
  "s3:jobsuspendedcause",
  "s3:locationconstraint",
  "s3:logtype",
  "s3:max-annotation-results",
  "s3:object-lock-event-hold",
  "s3:object-lock-event-hold-duration-days",
  "s3:requestjoboperation",
  "s3:requestjobpriority",
  "s3:resourcearnbeingauthorized",
  "s3:x-amz-bucket-namespace",
  "s3:x-amz-object-annotation-directive",
  "s3:x-amz-object-if-match",
]);

/** Whether policies may ask for it; `key` in lower case. */
export function isS3ConditionKey(key: string): boolean {
  const slash = key.indexOf("/");
  const family = slash < 0 ? key : key.slice(0, slash);
  return S3_CONDITION_KEYS.has(key) || TAG_CONDITION_KEYS.has(family) || ABSENT_KEYS.has(family);
}

/** Keys that only listings have. */
export const LIST_CONDITION_KEYS: ReadonlySet<string> = new Set(["s3:prefix", "s3:delimiter", "s3:max-keys"]);

const AUTH_TYPES = {
  header: "REST-HEADER",
  presigned: "REST-QUERY-STRING",
  "post-form": "POST",
} as const;

/** Operations that need `s3:PutObject` and make no object. */
const MAKES_NO_OBJECT = new Set(["CreateMultipartUpload", "UploadPart", "UploadPartCopy"]);
/** Operations that write into an upload, whose encryption and lock were chosen when it was created [L-164]. */
const OF_AN_UPLOAD = new Set(["UploadPart", "UploadPartCopy", "CompleteMultipartUpload"]);

/** Whoever may list exactly the key may know that it is missing. */
function listedPrefix({ request, permission }: ConditionFacts): Values {
  return one(permission.listedPrefix ?? request.query.get("prefix"));
}

function serverSideEncryption({ request, operation, fetched }: ConditionFacts): Values {
  const sent = request.header("x-amz-server-side-encryption");
  if (sent !== undefined || !OF_AN_UPLOAD.has(operation)) return one(sent);
  return one(fetched.upload()?.encryption.algorithm);
}

/** Policies name keys by ARN; a bare key id is one of the caller's own account. */
function kmsKeyArn({ request, region, operation, fetched }: ConditionFacts): Values {
  const sent = request.header("x-amz-server-side-encryption-aws-kms-key-id");
  if (sent === undefined && OF_AN_UPLOAD.has(operation)) return one(fetched.upload()?.encryption.kmsKeyArn);
  if (sent === undefined || !/^(mrk-[0-9a-f]{32}|[0-9a-f-]{36})$/.test(sent)) return one(sent);
  return [`arn:aws:kms:${region}:${request.caller.accountId}:key/${sent}`];
}

/** However the client escaped it, with or without the first slash: `bucket/key`, and the version where one is named. */
function copySource({ request, operation }: ConditionFacts): Values {
  if (!isCopy(operation)) return undefined;
  const { bucket, objectKey, versionId } = readCopySource(request);
  return [`${bucket}/${objectKey}${versionId === undefined ? "" : `?versionId=${versionId}`}`];
}

function contentSha256({ request }: ConditionFacts): Values {
  const sent = request.header("x-amz-content-sha256");
  return sent === undefined && request.signature?.kind === "presigned" ? ["UNSIGNED-PAYLOAD"] : one(sent);
}

/** In milliseconds. */
function signatureAge({ request: { signature }, nowMs }: ConditionFacts): Values {
  return signature === null ? undefined : [String(Math.max(0, nowMs - signature.signedAtMs))];
}

/** An object that is there is locked by a document; headers of that name say nothing then, and decide nothing. */
function requestLock({ request, operation, fetched }: ConditionFacts): RequestLock | null {
  if (operation === "PutObjectRetention" || operation === "PutObjectLegalHold") return fetched.requestLock();
  if (OF_AN_UPLOAD.has(operation)) return fetched.upload()?.lock ?? null;
  return {
    mode: request.header(LOCK_MODE),
    retainUntilDate: inOneForm(request.header(LOCK_DATE)),
    legalHold: request.header(LOCK_HOLD),
  };
}

/** Conditions judge the very moment that will be stored, however it was written. */
function inOneForm(date: string | undefined): string | undefined {
  const timeMs = parseIso8601(date ?? "");
  return timeMs === undefined ? date : printIso8601(timeMs);
}

/** An upload that was long enough retained when it was begun may take its time. */
function remainingRetentionDays(facts: ConditionFacts): Values {
  const untilMs = parseIso8601(requestLock(facts)?.retainUntilDate ?? "");
  if (untilMs === undefined) return undefined;
  const { operation, fetched, nowMs } = facts;
  const sinceMs = OF_AN_UPLOAD.has(operation) ? (fetched.upload()?.initiatedMs ?? nowMs) : nowMs;
  return [String(Math.ceil((untilMs - sinceMs) / 86_400_000))];
}

function requestTags({ request, permission, fetched }: ConditionFacts): Tags | null {
  const sent = request.header("x-amz-tagging");
  if (sent !== undefined) return parseTaggingQuery(sent);
  return permission.action === "s3:PutObject" ? {} : fetched.requestTags();
}
