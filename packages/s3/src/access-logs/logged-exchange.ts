import type { Bucket } from "@strongroom/store";
import type { S3Error } from "../errors.ts";
import { ResponseClosedError } from "../http/byte-sink.ts";
import type { RawRequest } from "../http/read-request.ts";
import type { RequestNames } from "../http/request-id.ts";
import type { Caller, S3Request } from "../http/s3-request.ts";
import { readCopySource } from "../object/copy-source.ts";
import type { LoggedOutcome } from "../operation.ts";
import type { AccessRecord } from "./access-record.ts";
import { BATCH_DELETE, loggedCopyRead, loggedOperation } from "./operation-names.ts";
import { withoutSecrets } from "./without-secrets.ts";

/** A request that was answered, with what its access log tells. */
export interface LoggedExchange {
  readonly names: RequestNames;
  readonly raw: RawRequest;
  readonly httpVersion: string;
  /** null: its sender was not found out. */
  readonly request: S3Request | null;
  /** null: it was not recognised. */
  readonly operation: string | null;
  readonly status: number;
  readonly error: S3Error | null;
  readonly outcome: LoggedOutcome;
  readonly usedAccessList: boolean;
  readonly cipherSuite: string | null;
  readonly receivedMs: number;
  readonly totalMs: number;
  readonly turnAroundMs: number | null;
  readonly bytesSent: number;
}

/** The lines for the bucket that the request was addressed to. */
export function* recordsOf(exchange: LoggedExchange, bucket: Bucket): Generator<AccessRecord> {
  const { raw, request, operation, outcome } = exchange;
  const objectKey = request?.objectKey ?? raw.objectKey;
  const record: AccessRecord = {
    ...factsOf(exchange, bucket),
    operation: loggedOperation(operation, raw.method, raw.objectKey !== null),
    objectKey,
    requestLine: requestLineOf(exchange),
    status: exchange.status,
    errorCode: errorCodeOf(exchange.error),
    bytesSent: exchange.bytesSent,
    objectSizeBytes: outcome.objectSizeBytes ?? null,
    versionId: raw.query.get("versionId") ?? null,
  };
  yield record;
  for (const { objectKey: deleted, versionId, status, errorCode } of outcome.objects ?? []) {
    const ofOne = { objectKey: deleted, versionId, status, errorCode };
    yield { ...record, ...WITHOUT_EXCHANGE, ...ofOne, operation: BATCH_DELETE };
  }
}

/** The bucket that a request read from without being addressed to it; null: it did not, or did not get so far. */
export function copySourceOf({ request, operation, error }: LoggedExchange): string | null {
  if (request === null || error !== null || loggedCopyRead(operation) === null) return null;
  return readCopySource(request).bucket;
}

/** The line for the bucket that a copy read from. */
export function copyReadRecord(exchange: LoggedExchange, source: Bucket): AccessRecord {
  const { request, operation } = exchange;
  const selector = request === null ? null : readCopySource(request);
  return {
    ...factsOf(exchange, source),
    operation: loggedCopyRead(operation) ?? "",
    objectKey: selector?.objectKey ?? null,
    requestLine: requestLineOf(exchange),
    status: exchange.status,
    errorCode: null,
    bytesSent: 0,
    objectSizeBytes: null,
    versionId: selector?.versionId ?? null,
  };
}

/** What belongs to the request as a whole, and not to each object it names. */
const WITHOUT_EXCHANGE = {
  requestLine: null,
  bytesSent: 0,
  objectSizeBytes: null,
  totalMs: null,
  turnAroundMs: null,
  referer: null,
  userAgent: null,
} as const;

type Facts = Omit<
  AccessRecord,
  | "operation"
  | "objectKey"
  | "requestLine"
  | "status"
  | "errorCode"
  | "bytesSent"
  | "objectSizeBytes"
  | "versionId"
>;

function factsOf(exchange: LoggedExchange, bucket: Bucket): Facts {
  const { raw, request, names } = exchange;
  const { tlsVersion, sourceIp } = raw.transport;
  const referer = raw.headers.get("referer");
  return {
    bucketOwnerId: bucket.ownerId,
    bucket: bucket.name,
    receivedMs: exchange.receivedMs,
    remoteIp: sourceIp,
    requester: request === null ? null : requesterOf(request.caller),
    requestId: names.requestId,
    totalMs: exchange.totalMs,
    turnAroundMs: exchange.turnAroundMs,
    referer: referer === undefined ? null : withoutSecrets(referer),
    userAgent: raw.headers.get("user-agent") ?? null,
    hostId: names.hostId,
    ...signatureOf(raw, request),
    cipherSuite: exchange.cipherSuite,
    host: raw.headers.get("host") ?? null,
    tlsVersion: tlsVersion === null ? null : `TLSv${tlsVersion}`,
    usedAccessList: exchange.usedAccessList,
  };
}

function requestLineOf({ raw, httpVersion }: LoggedExchange): string {
  return `${raw.method} ${withoutSecrets(raw.target)} HTTP/${httpVersion}`;
}

/** A client that hung up did not fail: how much it got says so. */
function errorCodeOf(error: S3Error | null): string | null {
  return error === null || error.cause instanceof ResponseClosedError ? null : error.code;
}

/** The root of an account by the account's canonical user id, everybody else by ARN. */
function requesterOf({ principal, canonicalUserId, arn }: Caller): string | null {
  switch (principal.kind) {
    case "anonymous":
      return null;
    case "root":
      return canonicalUserId;
    default:
      return arn;
  }
}

/** Also of a signature that did not hold: how it was made is seen before that is known. */
function signatureOf(
  raw: RawRequest,
  request: S3Request | null,
): Pick<AccessRecord, "signatureVersion" | "authenticationType"> {
  const signature = request?.signature ?? null;
  if (signature?.kind === "post-form") {
    return {
      signatureVersion: signature.version === "AWS" ? "SigV2" : "SigV4",
      authenticationType: "HtmlForm",
    };
  }
  const authorization = raw.headers.get("authorization");
  if (authorization !== undefined) {
    return {
      signatureVersion: authorization.startsWith("AWS4") ? "SigV4" : "SigV2",
      authenticationType: "AuthHeader",
    };
  }
  if (/[?&]X-Amz-Signature=/i.test(raw.target)) {
    return { signatureVersion: "SigV4", authenticationType: "QueryString" };
  }
  return { signatureVersion: null, authenticationType: null };
}
