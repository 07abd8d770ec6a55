/** One line of an access log, as facts. What is null is a dash. */
export interface AccessRecord {
  /** Canonical user id of the owner of the bucket that was asked for. */
  readonly bucketOwnerId: string;
  readonly bucket: string;
  /** When the request came. */
  readonly receivedMs: number;
  readonly remoteIp: string | null;
  /** An ARN, or the canonical user id of an account's root; null: nobody known. */
  readonly requester: string | null;
  readonly requestId: string;
  /** `REST.PUT.OBJECT`. */
  readonly operation: string;
  readonly objectKey: string | null;
  /** Method, target and version, without anything secret; null: this line is not about the request as a whole. */
  readonly requestLine: string | null;
  readonly status: number;
  readonly errorCode: string | null;
  readonly bytesSent: number;
  readonly objectSizeBytes: number | null;
  readonly totalMs: number | null;
  /** From the last byte that came to the first that left. */
  readonly turnAroundMs: number | null;
  readonly referer: string | null;
  readonly userAgent: string | null;
  readonly versionId: string | null;
  readonly hostId: string;
  readonly signatureVersion: "SigV2" | "SigV4" | null;
  readonly cipherSuite: string | null;
  readonly authenticationType: "AuthHeader" | "QueryString" | "HtmlForm" | null;
  readonly host: string | null;
  /** `TLSv1.3`. */
  readonly tlsVersion: string | null;
  /** Whether it took an access list to allow it. */
  readonly usedAccessList: boolean;
}

/** Headers are bounded together; one alone must not fill a log. */
const FIELD_LIMIT = 4096;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/**
 * The record in Amazon's server access log format, with its line feed. Whatever a client sent, it is one line of 26
 * fields: quotes, backslashes, spaces and everything unprintable are percent-encoded where they would end a field.
 */
export function printAccessRecord(record: AccessRecord): string {
  const fields = [
    word(record.bucketOwnerId),
    word(record.bucket),
    `[${printTime(record.receivedMs)}]`,
    word(record.remoteIp),
    word(record.requester),
    word(record.requestId),
    word(record.operation),
    record.objectKey === null ? "-" : encodeKey(record.objectKey),
    record.requestLine === null ? "-" : quoted(record.requestLine),
    String(record.status),
    word(record.errorCode),
    record.bytesSent === 0 ? "-" : String(record.bytesSent),
    whole(record.objectSizeBytes),
    whole(record.totalMs),
    whole(record.turnAroundMs),
    quoted(record.referer),
    quoted(record.userAgent),
    word(record.versionId),
    word(record.hostId),
    word(record.signatureVersion),
    word(record.cipherSuite),
    word(record.authenticationType),
    word(record.host),
    word(record.tlsVersion),
    // Access points do not exist here.
    "-",
    record.usedAccessList ? "Yes" : "-",
  ];
  return `${fields.join(" ")}\n`;
}

/** Percent-encoded twice, as S3 does, slashes kept: a space is `%2520`. */
function encodeKey(objectKey: string): string {
  const once = encodeURIComponent(objectKey.toWellFormed())
    .replace(/[!'()*]/g, percentEncode)
    .replaceAll("%2F", "/");
  return once.replaceAll("%", "%25");
}

function word(text: string | null): string {
  return text === null || text === ""
    ? "-"
    : text.slice(0, FIELD_LIMIT).replace(/[^!#-[\]-~]/gu, percentEncode);
}

function quoted(text: string | null): string {
  if (text === null) return '"-"';
  const kept = text === "" ? "-" : text;
  return `"${kept.replace(/[^ !#-[\]-~]/gu, percentEncode)}"`;
}

/** Of UTF-8. */
function percentEncode(character: string): string {
  return [...Buffer.from(character, "utf8")]
    .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`)
    .join("");
}

function whole(count: number | null): string {
  return count === null ? "-" : String(Math.max(0, Math.round(count)));
}

/** `06/Feb/2019:00:00:38 +0000`. */
function printTime(timeMs: number): string {
  const iso = new Date(timeMs).toISOString();
  const month = MONTHS[Number(iso.slice(5, 7)) - 1] ?? "";
  return `${iso.slice(8, 10)}/${month}/${iso.slice(0, 4)}:${iso.slice(11, 19)} +0000`;
}
