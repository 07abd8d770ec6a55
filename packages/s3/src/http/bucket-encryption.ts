import {
  childrenNamed,
  element,
  optionalChild,
  optionalText,
  parseXml,
  requiredText,
  requireOnlyChildren,
  requireRoot,
  type XmlElement,
  type XmlNode,
} from "@strongroom/wire";
import { s3Error } from "../errors.ts";
import { s3Document } from "./s3-document.ts";

const ALGORITHMS = ["AES256", "aws:kms", "aws:kms:dsse"] as const;
export type DefaultAlgorithm = (typeof ALGORITHMS)[number];

/** A bucket's default encryption. */
export interface BucketEncryption {
  readonly algorithm: DefaultAlgorithm;
  /** As it was given, and as it is told again; null: the account's own key, or no key at all for AES256. */
  readonly kmsKeyId: string | null;
  readonly bucketKeyEnabled: boolean;
  readonly blocked: "SSE-C" | "NONE";
}

/** What holds for a bucket on which nothing was set: SSE-S3, and no uploads under customer keys. */
export const DEFAULT_BUCKET_ENCRYPTION: BucketEncryption = {
  algorithm: "AES256",
  kmsKeyId: null,
  bucketKeyEnabled: false,
  blocked: "SSE-C",
};

/** What a PUT says; `blocked` undefined leaves the block as it is (reference §3.3). */
export interface BucketEncryptionUpdate extends Omit<BucketEncryption, "blocked"> {
  readonly blocked: BucketEncryption["blocked"] | undefined;
}

/**
 * Throws MalformedXML, also for elements that are not known, and InvalidArgument (reference §3.4). Whether the key exists is
 * found out when it is used.
 */
export function readBucketEncryption(text: string): BucketEncryptionUpdate {
  const root = requireRoot(parseXml(text), "ServerSideEncryptionConfiguration");
  requireOnlyChildren(root, ["Rule"]);
  const rules = childrenNamed(root, "Rule");
  const [rule] = rules;
  if (rule === undefined || rules.length > 1) throw s3Error("MalformedXML");
  requireOnlyChildren(rule, [
    "ApplyServerSideEncryptionByDefault",
    "BucketKeyEnabled",
    "BlockedEncryptionTypes",
  ]);
  const byDefault = optionalChild(rule, "ApplyServerSideEncryptionByDefault");
  const blockedTypes = optionalChild(rule, "BlockedEncryptionTypes");
  if (byDefault === undefined && blockedTypes === undefined) throw s3Error("MalformedXML");
  return {
    ...(byDefault === undefined ? { algorithm: "AES256", kmsKeyId: null } : readDefault(byDefault)),
    bucketKeyEnabled: readBoolean(optionalText(rule, "BucketKeyEnabled")),
    blocked: blockedTypes === undefined ? undefined : readBlocked(blockedTypes),
  };
}

export function bucketEncryptionDocument(encryption: BucketEncryption): XmlElement {
  return s3Document("ServerSideEncryptionConfiguration", [
    element("Rule", [
      element("ApplyServerSideEncryptionByDefault", [
        element("SSEAlgorithm", encryption.algorithm),
        encryption.kmsKeyId === null ? undefined : element("KMSMasterKeyID", encryption.kmsKeyId),
      ]),
      element("BucketKeyEnabled", encryption.bucketKeyEnabled),
      element("BlockedEncryptionTypes", [element("EncryptionType", encryption.blocked)]),
    ]),
  ]);
}

/** The stored form. */
export function printStoredEncryption(encryption: BucketEncryption): string {
  return JSON.stringify(encryption);
}

/**
 * `byDefault` where nothing was set. Throws InternalError for a document this program never wrote: a default that
 * cannot be read is not guessed.
 */
export function parseStoredEncryption(
  document: string | undefined,
  byDefault: BucketEncryption = DEFAULT_BUCKET_ENCRYPTION,
): BucketEncryption {
  if (document === undefined) return byDefault;
  const parsed: unknown = JSON.parse(document);
  if (typeof parsed !== "object" || parsed === null) throw s3Error("InternalError");
  // Before keys could be named, a document held neither of the two.
  const {
    algorithm = "AES256",
    kmsKeyId = null,
    bucketKeyEnabled,
    blocked,
  }: Record<string, unknown> = { ...parsed };
  if (
    !isAlgorithm(algorithm) ||
    (kmsKeyId !== null && typeof kmsKeyId !== "string") ||
    typeof bucketKeyEnabled !== "boolean" ||
    (blocked !== "SSE-C" && blocked !== "NONE")
  ) {
    throw s3Error("InternalError");
  }
  return { algorithm, kmsKeyId, bucketKeyEnabled, blocked };
}

function isAlgorithm(text: unknown): text is DefaultAlgorithm {
  return ALGORITHMS.some((algorithm) => algorithm === text);
}

function readDefault(byDefault: XmlNode): Pick<BucketEncryption, "algorithm" | "kmsKeyId"> {
  requireOnlyChildren(byDefault, ["SSEAlgorithm", "KMSMasterKeyID"]);
  const algorithm = requiredText(byDefault, "SSEAlgorithm");
  const kmsKeyId = optionalText(byDefault, "KMSMasterKeyID") ?? null;
  if (!isAlgorithm(algorithm)) throw s3Error("MalformedXML");
  if (algorithm === "AES256" && kmsKeyId !== null) {
    throw s3Error("InvalidArgument", {
      message:
        "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse",
      fields: { ArgumentName: "ApplyServerSideEncryptionByDefault" },
    });
  }
  return { algorithm, kmsKeyId };
}

function readBlocked(node: XmlNode): BucketEncryption["blocked"] {
  requireOnlyChildren(node, ["EncryptionType"]);
  const types = childrenNamed(node, "EncryptionType").map((type) => type.text);
  const [type] = types;
  if (types.length === 1 && (type === "SSE-C" || type === "NONE")) return type;
  throw s3Error("MalformedXML");
}

function readBoolean(text: string | undefined): boolean {
  if (text === undefined || text === "false") return false;
  if (text === "true") return true;
  throw s3Error("MalformedXML");
}
