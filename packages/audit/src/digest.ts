import { createHash, sign, verify } from "node:crypto";
import { malformed } from "./audit-error.ts";
import type { AuditKeys } from "./audit-keys.ts";
import { digestName } from "./trail-folder.ts";

/** What a digest says of one segment: the bytes that came since the digest before. */
export interface DigestedRange {
  readonly s3Bucket: string;
  /** The segment's file name. */
  readonly s3Object: string;
  /** SHA-256 of the bytes from `fromByte` to `toByte`, hexadecimal. */
  readonly hashValue: string;
  readonly hashAlgorithm: "SHA-256";
  readonly newestEventTime: string;
  readonly oldestEventTime: string;
  readonly fromByte: number;
  readonly toByte: number;
  /** Numbers of the first and the last record in the range; null when it holds only the segment's header. */
  readonly firstRecord: number | null;
  readonly lastRecord: number | null;
}

/** A segment that was removed because its time was over. */
export interface RetiredSegment {
  readonly s3Object: string;
  readonly lastRecord: number | null;
}

/** CloudTrail's digest layout, and what our files need beside it (docs/format/audit-trail.md §5). */
export interface Digest {
  readonly awsAccountId: string;
  readonly digestStartTime: string;
  readonly digestEndTime: string;
  readonly digestS3Bucket: string;
  readonly digestS3Object: string;
  readonly digestPublicKeyFingerprint: string;
  readonly digestSignatureAlgorithm: "Ed25519";
  readonly newestEventTime: string | null;
  readonly oldestEventTime: string | null;
  readonly previousDigestS3Bucket: string | null;
  readonly previousDigestS3Object: string | null;
  readonly previousDigestHashValue: string | null;
  readonly previousDigestHashAlgorithm: "SHA-256" | null;
  readonly previousDigestSignature: string | null;
  readonly logFiles: readonly DigestedRange[];
  readonly retiredLogFiles: readonly RetiredSegment[];
}

/** A digest as it lies in its file and in a witness: the signed text and its signature. */
export interface SignedDigest {
  readonly number: number;
  readonly text: string;
  /** Hexadecimal. */
  readonly signature: string;
  readonly digest: Digest;
}

export const TRAIL_BUCKET = "audit";

export function signDigest(keys: AuditKeys, number: number, digest: Digest): SignedDigest {
  const text = JSON.stringify(digest);
  const signature = sign(null, signedText(digest, text), keys.signing).toString("hex");
  return { number, text, signature, digest };
}

export function isSignatureGood(
  keys: Pick<AuditKeys, "verifying">,
  { digest, text, signature }: SignedDigest,
): boolean {
  return verify(null, signedText(digest, text), keys.verifying, Buffer.from(signature, "hex"));
}

export function hashOfDigest({ text }: Pick<SignedDigest, "text">): string {
  return createHash("sha256").update(text).digest("hex");
}

/** Two lines: the digest, its signature. */
export function printSignedDigest({ text, signature }: SignedDigest): string {
  return `${text}\n${signature}\n`;
}

/** Throws Malformed. */
export function parseSignedDigest(number: number, content: string): SignedDigest {
  const [text = "", signature = "", ...rest] = content.split("\n");
  if (!/^[0-9a-f]{128}$/.test(signature) || rest.join("") !== "") {
    throw malformed(`digest ${number} is not two lines of a digest and its signature`);
  }
  return { number, text, signature, digest: parseDigest(number, text) };
}

/** Digests in any number, each two lines, as `strongroom audit digest` prints them. Throws Malformed. */
export function parseWitness(content: string): readonly SignedDigest[] {
  const lines = content.split("\n").filter((line) => line.trim() !== "");
  if (lines.length === 0 || lines.length % 2 !== 0) {
    throw malformed("a witness is pairs of lines: a digest and its signature");
  }
  const found: SignedDigest[] = [];
  for (let at = 0; at + 1 < lines.length; at += 2) {
    const [text = "", signature = ""] = lines.slice(at, at + 2);
    const number = /"digestS3Object":"digests\/(\d+)\.digest"/.exec(text)?.[1];
    found.push(parseSignedDigest(Number(number ?? 0), `${text}\n${signature}\n`));
  }
  return found;
}

/** What CloudTrail signs: end, path, hash of the digest, and the signature before it (kms.md §5.2). */
function signedText(digest: Digest, text: string): Buffer {
  const path = `${digest.digestS3Bucket}/${digest.digestS3Object}`;
  const words = [
    digest.digestEndTime,
    path,
    hashOfDigest({ text }),
    digest.previousDigestSignature ?? "null",
  ];
  return Buffer.from(words.join("\n"));
}

function parseDigest(number: number, text: string): Digest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw malformed(`digest ${number} is not JSON`);
  }
  if (!isDigest(value)) throw malformed(`digest ${number} lacks a member`);
  if (value.digestS3Object !== digestName(number)) throw malformed(`digest ${number} names itself otherwise`);
  return value;
}

function isDigest(value: unknown): value is Digest {
  if (typeof value !== "object" || value === null) return false;
  const fields: Record<string, unknown> = { ...value };
  const texts = ["awsAccountId", "digestStartTime", "digestEndTime", "digestS3Bucket", "digestS3Object"];
  return (
    texts.every((name) => typeof fields[name] === "string") &&
    isTextOrNull(fields["previousDigestHashValue"]) &&
    isTextOrNull(fields["previousDigestSignature"]) &&
    Array.isArray(fields["logFiles"]) &&
    fields["logFiles"].every(isRange) &&
    Array.isArray(fields["retiredLogFiles"]) &&
    fields["retiredLogFiles"].every(isRetired)
  );
}

const isTextOrNull = (value: unknown): boolean => value === null || typeof value === "string";
const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0;
const isCountOrNull = (value: unknown): boolean => value === null || isCount(value);

function isRange(value: unknown): value is DigestedRange {
  if (typeof value !== "object" || value === null) return false;
  const fields: Record<string, unknown> = { ...value };
  return (
    typeof fields["s3Object"] === "string" &&
    typeof fields["hashValue"] === "string" &&
    isCount(fields["fromByte"]) &&
    isCount(fields["toByte"]) &&
    isCountOrNull(fields["firstRecord"]) &&
    isCountOrNull(fields["lastRecord"])
  );
}

function isRetired(value: unknown): value is RetiredSegment {
  if (typeof value !== "object" || value === null) return false;
  const fields: Record<string, unknown> = { ...value };
  return typeof fields["s3Object"] === "string" && isCountOrNull(fields["lastRecord"]);
}
