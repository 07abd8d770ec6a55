import { createHash, sign } from "node:crypto";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { encodeSequence } from "@strongroom/base";
import type { AuditKeys } from "./audit-keys.ts";
import { deriveSegmentKey } from "./audit-keys.ts";
import { type DigestedRange, hashOfDigest, type SignedDigest } from "./digest.ts";
import { printEventTime } from "./event.ts";
import { findMarker, HEADER_SIZE_BYTES, openFrame, readFrameHead, sha256 } from "./segment-format.ts";
import { findFile } from "./trail-folder.ts";

/** An object for the bucket; its name says where it came from and cannot be known before it is there. */
export interface DeliveredFile {
  readonly objectKey: string;
  /** gzip. */
  readonly body: Buffer;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface DeliveryOptions {
  /** The trail's. */
  readonly folder: string;
  readonly keys: AuditKeys;
  readonly bucket: string;
  /** Whose the digests are, and where the trail is at home. */
  readonly accountId: string;
  readonly region: string;
}

/** The digest in a bucket that the next one there follows. */
export interface DeliveredDigest {
  readonly bucket: string;
  readonly objectKey: string;
  /** SHA-256 of its JSON, hexadecimal. */
  readonly hash: string;
  /** Hexadecimal. */
  readonly signature: string;
}

export interface Delivery {
  readonly digest: DeliveredDigest;
  readonly events: number;
  /** Segments that are gone or whose bytes are not what was signed: what opened of them was delivered. */
  readonly damaged: readonly string[];
}

interface LogFile {
  readonly s3Bucket: string;
  readonly s3Object: string;
  readonly hashValue: string;
  readonly hashAlgorithm: "SHA-256";
  readonly newestEventTime: string;
  readonly oldestEventTime: string;
}

interface OpenedEvent {
  readonly timeMs: number;
  readonly text: string;
  readonly accountId: string;
  readonly region: string;
}

const compress = promisify(gzip);
const ACCOUNT_ID = /^\d{12}$/;
const REGION = /^[a-z0-9-]{1,32}$/;
const UNIQUE_LENGTH = 16;

/**
 * Hands what one digest of the trail covers to `put`, as CloudTrail lays it out in a bucket: a log file per account, region
 * and range, and then a digest of them (docs/format/audit-trail.md §8). The same digest gives the same names and contents
 * each time, so that it may be done again after a failure. Rejects with what `put` rejects with.
 */
export async function deliverDigest(
  options: DeliveryOptions,
  signed: SignedDigest,
  previous: DeliveredDigest | null,
  put: (file: DeliveredFile) => Promise<void>,
): Promise<Delivery> {
  const logFiles: LogFile[] = [];
  const damaged: string[] = [];
  let events = 0;
  for (const range of signed.digest.logFiles) {
    const opened = await openRange(options, range);
    if (!opened.isWhole) damaged.push(range.s3Object);
    events += opened.events.length;
    const groups = Map.groupBy(opened.events, ({ accountId, region }) => `${accountId}/${region}`);
    for (const group of groups.values()) {
      const { file, entry } = await logFileOf(options, signed, range, group);
      await put(file);
      logFiles.push(entry);
    }
  }
  const { file, digest } = await digestFileOf(options, signed, previous, { logFiles, damaged });
  await put(file);
  return { digest, events, damaged };
}

async function logFileOf(
  { bucket }: DeliveryOptions,
  signed: SignedDigest,
  range: DigestedRange,
  events: readonly OpenedEvent[],
): Promise<{ readonly file: DeliveredFile; readonly entry: LogFile }> {
  const { accountId = "", region = "" } = events[0] ?? {};
  const text = `{"Records":[${events.map((event) => event.text).join(",")}]}`;
  const endMs = Date.parse(signed.digest.digestEndTime);
  // The signature makes the name one that nobody can take beforehand.
  const unique = createHash("sha256")
    .update(encodeSequence([signed.signature, range.s3Object, String(range.fromByte), accountId, region]))
    .digest("base64")
    .replace(/[+/=]/g, "")
    .slice(0, UNIQUE_LENGTH);
  const minute = compactTime(endMs).replace(/\d\dZ$/, "Z");
  const objectKey = `${folderOf(accountId, "CloudTrail", region, endMs)}/${accountId}_CloudTrail_${region}_${minute}_${unique}.json.gz`;
  const times = events.map(({ timeMs }) => timeMs);
  return {
    file: { objectKey, body: await compress(text), metadata: {} },
    entry: {
      s3Bucket: bucket,
      s3Object: objectKey,
      hashValue: createHash("sha256").update(text).digest("hex"),
      hashAlgorithm: "SHA-256",
      newestEventTime: printEventTime(times.reduce((a, b) => Math.max(a, b), 0)),
      oldestEventTime: printEventTime(times.reduce((a, b) => Math.min(a, b), Number.MAX_SAFE_INTEGER)),
    },
  };
}

async function digestFileOf(
  { bucket, accountId, region, keys }: DeliveryOptions,
  { digest: source, text: sourceText, signature: sourceSignature }: SignedDigest,
  previous: DeliveredDigest | null,
  found: { readonly logFiles: readonly LogFile[]; readonly damaged: readonly string[] },
): Promise<{ readonly file: DeliveredFile; readonly digest: DeliveredDigest }> {
  const { digestEndTime } = source;
  const endMs = Date.parse(digestEndTime);
  const number = /\d+/.exec(source.digestS3Object)?.[0] ?? "";
  const folder = folderOf(accountId, "CloudTrail-Digest", region, endMs);
  // Two digests may end in one second.
  const objectKey = `${folder}/${accountId}_CloudTrail-Digest_${region}_strongroom-${number}_${region}_${compactTime(endMs)}.json.gz`;
  const text = JSON.stringify({
    awsAccountId: accountId,
    digestStartTime: source.digestStartTime,
    digestEndTime,
    digestS3Bucket: bucket,
    digestS3Object: objectKey,
    digestPublicKeyFingerprint: keys.fingerprint,
    digestSignatureAlgorithm: "Ed25519",
    newestEventTime: source.newestEventTime,
    oldestEventTime: source.oldestEventTime,
    previousDigestS3Bucket: previous?.bucket ?? null,
    previousDigestS3Object: previous?.objectKey ?? null,
    previousDigestHashValue: previous?.hash ?? null,
    previousDigestHashAlgorithm: previous === null ? null : "SHA-256",
    previousDigestSignature: previous?.signature ?? null,
    logFiles: found.logFiles,
    trailDigest: {
      name: source.digestS3Object,
      hashValue: hashOfDigest({ text: sourceText }),
      signature: sourceSignature,
    },
    damagedSegments: found.damaged,
  });
  const hash = hashOfDigest({ text });
  const words = [digestEndTime, `${bucket}/${objectKey}`, hash, previous?.signature ?? "null"];
  const signature = sign(null, Buffer.from(words.join("\n")), keys.signing).toString("hex");
  const metadata = { signature, "signature-algorithm": "Ed25519" };
  return {
    file: { objectKey, body: await compress(text), metadata },
    digest: { bucket, objectKey, hash, signature },
  };
}

/** The events of a range, in their order. */
async function openRange(
  { folder, keys, accountId, region }: DeliveryOptions,
  { s3Object, fromByte, toByte, hashValue }: DigestedRange,
): Promise<{ readonly events: readonly OpenedEvent[]; readonly isWhole: boolean }> {
  const segment = await findFile(folder, s3Object);
  if (segment === null || segment.length < HEADER_SIZE_BYTES) return { events: [], isWhole: false };
  const bytes = segment.subarray(fromByte, toByte);
  const key = deriveSegmentKey(keys.sealing, sha256(segment.subarray(0, HEADER_SIZE_BYTES)));
  const events: OpenedEvent[] = [];
  let at = fromByte === 0 ? HEADER_SIZE_BYTES : 0;
  while (at < bytes.length) {
    const head = readFrameHead(bytes, at);
    const plaintext = head === null ? null : openFrame(key, bytes.subarray(at, at + head.sizeBytes));
    if (head === null || plaintext === null) {
      at = findMarker(bytes, at + 1) ?? bytes.length;
      continue;
    }
    const text = plaintext.toString("utf8");
    events.push({ timeMs: head.timeMs, text, ...placeOf(text, accountId, region) });
    at += head.sizeBytes;
  }
  return { events, isWhole: sha256(bytes).toString("hex") === hashValue };
}

/** Whose event it is and where it happened; the trail's own account and region where it does not say. */
function placeOf(
  text: string,
  accountId: string,
  region: string,
): { readonly accountId: string; readonly region: string } {
  const event: unknown = JSON.parse(text);
  const fields: Record<string, unknown> = typeof event === "object" && event !== null ? { ...event } : {};
  const { recipientAccountId, awsRegion } = fields;
  return {
    accountId:
      typeof recipientAccountId === "string" && ACCOUNT_ID.test(recipientAccountId)
        ? recipientAccountId
        : accountId,
    region: typeof awsRegion === "string" && REGION.test(awsRegion) ? awsRegion : region,
  };
}

function folderOf(accountId: string, kind: string, region: string, timeMs: number): string {
  const [year, month, day] = new Date(timeMs).toISOString().slice(0, 10).split("-");
  return `AWSLogs/${accountId}/${kind}/${region}/${year}/${month}/${day}`;
}

/** `20261125T050000Z`. */
function compactTime(timeMs: number): string {
  return printEventTime(timeMs).replace(/[-:]/g, "");
}
