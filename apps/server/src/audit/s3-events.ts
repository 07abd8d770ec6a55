import type { EventFields, EventResource, EventValue } from "@strongroom/audit";
import type { S3Audit, S3Request, ServedRequest } from "@strongroom/s3";
import type { AuditLog } from "./audit-log.ts";
import { auditScope } from "./audit-scope.ts";
import type { EventSelectors } from "./event-selectors.ts";
import { boundValue } from "./event-values.ts";

/** Bucket-level operations that CloudTrail counts among data events. */
const DATA_OF_BUCKETS: ReadonlySet<string> = new Set([
  "HeadBucket",
  "ListObjects",
  "ListObjectsV2",
  "ListObjectVersions",
  "ListMultipartUploads",
  "DeleteObjects",
  "PostObject",
]);
const READS = /^(?:Get|Head|List)/;
/** Operations whose body says what is set; none of them takes a secret. */
const WITH_DOCUMENT: ReadonlySet<string> = new Set([
  "PutBucketAcl",
  "PutBucketCors",
  "PutBucketEncryption",
  "PutBucketInventoryConfiguration",
  "PutBucketLifecycleConfiguration",
  "PutBucketLogging",
  "PutBucketNotificationConfiguration",
  "PutBucketOwnershipControls",
  "PutBucketPolicy",
  "PutBucketTagging",
  "PutBucketVersioning",
  "PutObjectLegalHold",
  "PutObjectLockConfiguration",
  "PutObjectRetention",
  "PutPublicAccessBlock",
  "CreateBucket",
]);
/** Where CloudTrail has another name than the API. */
const EVENT_NAMES: ReadonlyMap<string, string> = new Map([
  ["ListObjectsV2", "ListObjects"],
  ["GetBucketLifecycleConfiguration", "GetBucketLifecycle"],
  ["PutBucketLifecycleConfiguration", "PutBucketLifecycle"],
]);
const DOCUMENT_LIMIT_BYTES = 64 * 1024;
/** Never a customer's key or its digest, never what signs. */
const HEADERS = [
  "x-amz-acl",
  "x-amz-bucket-object-lock-enabled",
  "x-amz-bypass-governance-retention",
  "x-amz-copy-source",
  "x-amz-copy-source-server-side-encryption-customer-algorithm",
  "x-amz-grant-full-control",
  "x-amz-grant-read",
  "x-amz-grant-read-acp",
  "x-amz-grant-write",
  "x-amz-grant-write-acp",
  "x-amz-metadata-directive",
  "x-amz-object-lock-legal-hold",
  "x-amz-object-lock-mode",
  "x-amz-object-lock-retain-until-date",
  "x-amz-object-ownership",
  "x-amz-server-side-encryption",
  "x-amz-server-side-encryption-aws-kms-key-id",
  "x-amz-server-side-encryption-bucket-key-enabled",
  "x-amz-server-side-encryption-context",
  "x-amz-server-side-encryption-customer-algorithm",
  "x-amz-storage-class",
  "x-amz-tagging-directive",
];
const QUERY = [
  "delimiter",
  "encoding-type",
  "list-type",
  "marker",
  "max-keys",
  "max-uploads",
  "partNumber",
  "prefix",
  "start-after",
  "uploadId",
  "versionId",
];

export interface S3AuditOptions {
  readonly log: AuditLog;
  readonly selectors: EventSelectors;
  readonly region: string;
}

/** S3's calls on the trail: those on buckets always, those on data where a bucket was selected. */
export function s3Audit({ log, selectors, region }: S3AuditOptions): S3Audit {
  const isRecorded = (operation: string, request: S3Request): boolean | Promise<boolean> =>
    !isDataCall(operation, request) ||
    selectors.isSelected({
      bucket: request.bucket ?? "",
      objectKey: request.objectKey ?? "",
      readOnly: READS.test(operation),
    });
  return {
    ready(operation, request) {
      const recorded = isRecorded(operation, request);
      if (recorded instanceof Promise)
        return recorded.then((is) => (is ? (log.ready() ?? undefined) : undefined));
      return recorded ? log.ready() : null;
    },
    record(served) {
      const { operation, request, error } = served;
      // What strangers try on buckets is for the log: anybody could fill the trail with it.
      if (
        !isDataCall(operation, request) &&
        request.caller.principal.kind === "anonymous" &&
        error !== null
      ) {
        return null;
      }
      const recorded = isRecorded(operation, request);
      if (recorded instanceof Promise)
        return recorded.then((is) => (is ? write(log, served, region) : undefined));
      return recorded ? write(log, served, region) : null;
    },
  };
}

function isDataCall(operation: string, request: S3Request): boolean {
  return request.objectKey !== null || DATA_OF_BUCKETS.has(operation);
}

async function write(log: AuditLog, served: ServedRequest, region: string): Promise<void> {
  const { request, operation, error } = served;
  const isData = isDataCall(operation, request);
  const { caller } = request;
  const scope = auditScope();
  await log.record({
    eventSource: "s3.amazonaws.com",
    eventName: EVENT_NAMES.get(operation) ?? operation,
    principal: caller.principal,
    accountId: caller.accountId,
    region,
    readOnly: READS.test(operation),
    isData,
    requestId: request.requestId,
    error: error === null ? null : { code: error.code, message: error.message },
    requestParameters: await parametersOf(served),
    responseElements: null,
    additional: {
      SignatureVersion:
        request.signature === null ? undefined : request.signature.version === "AWS" ? "SigV2" : "SigV4",
      AuthenticationMethod: request.signature === null ? undefined : METHODS[request.signature.kind],
      CipherSuite: scope?.cipherSuite ?? undefined,
    },
    resources: resourcesOf(served),
    decisions: (scope?.decisions ?? []).filter(({ action }) => action.startsWith("s3:")),
  });
}

const METHODS = { header: "AuthHeader", presigned: "QueryString", "post-form": "HtmlForm" } as const;

async function parametersOf({ request, operation, error }: ServedRequest): Promise<EventFields> {
  const { bucket, objectKey, query } = request;
  const chosen: Record<string, EventValue> = {
    bucketName: bucket ?? undefined,
    Host: request.header("host"),
    key: objectKey ?? undefined,
  };
  for (const name of QUERY) {
    const value = query.get(name);
    if (value !== undefined) chosen[name] = boundValue(value, 0);
  }
  for (const name of HEADERS) {
    const value = request.header(name);
    if (value !== undefined) chosen[name] = boundValue(value, 0);
  }
  // Of a request that was refused the body may never have been read.
  if (error === null && WITH_DOCUMENT.has(operation)) {
    // Where the operation took no body, one that cannot be read is no reason to fail what was done.
    const text = await request.readText(DOCUMENT_LIMIT_BYTES).catch(() => "");
    if (text !== "")
      chosen[operation === "PutBucketPolicy" ? "bucketPolicy" : "document"] = boundValue(text, 0);
  }
  return chosen;
}

function resourcesOf({ request }: ServedRequest): readonly EventResource[] {
  const { bucket, objectKey } = request;
  if (bucket === null) return [];
  const ofBucket = { type: "AWS::S3::Bucket", ARN: `arn:aws:s3:::${bucket}` };
  if (objectKey === null) return [ofBucket];
  return [{ type: "AWS::S3::Object", ARN: `arn:aws:s3:::${bucket}/${objectKey}` }, ofBucket];
}
