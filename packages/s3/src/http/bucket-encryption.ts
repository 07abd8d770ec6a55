import {
  childrenNamed,
  element,
  optionalChild,
  optionalText,
  parseXml,
  requiredText,
  requireRoot,
  type XmlElement,
  type XmlNode,
} from "@strongroom/wire";
import { s3Error } from "../errors.ts";
import { s3Document } from "./s3-document.ts";

/** A bucket's default encryption. The algorithm is AES256 until there are KMS keys to name. */
export interface BucketEncryption {
  readonly bucketKeyEnabled: boolean;
  readonly blocked: "SSE-C" | "NONE";
}

/** What holds for a bucket on which nothing was set: SSE-S3, and no uploads under customer keys. */
export const DEFAULT_BUCKET_ENCRYPTION: BucketEncryption = { bucketKeyEnabled: false, blocked: "SSE-C" };

/** What a PUT says; `blocked` undefined leaves the block as it is (reference §3.3). */
export interface BucketEncryptionUpdate {
  readonly bucketKeyEnabled: boolean;
  readonly blocked: BucketEncryption["blocked"] | undefined;
}

/** Throws MalformedXML, InvalidArgument, and NotImplemented for a default under a KMS key (reference §3.4). */
export function readBucketEncryption(text: string): BucketEncryptionUpdate {
  const root = requireRoot(parseXml(text), "ServerSideEncryptionConfiguration");
  const rules = childrenNamed(root, "Rule");
  const [rule] = rules;
  if (rule === undefined || rules.length > 1) throw s3Error("MalformedXML");
  const byDefault = optionalChild(rule, "ApplyServerSideEncryptionByDefault");
  const blockedTypes = optionalChild(rule, "BlockedEncryptionTypes");
  if (byDefault === undefined && blockedTypes === undefined) throw s3Error("MalformedXML");
  if (byDefault !== undefined) requireBuiltAlgorithm(byDefault);
  return {
    bucketKeyEnabled: readBoolean(optionalText(rule, "BucketKeyEnabled")),
    blocked: blockedTypes === undefined ? undefined : readBlocked(blockedTypes),
  };
}

export function bucketEncryptionDocument(encryption: BucketEncryption): XmlElement {
  return s3Document("ServerSideEncryptionConfiguration", [
    element("Rule", [
      element("ApplyServerSideEncryptionByDefault", [element("SSEAlgorithm", "AES256")]),
      element("BucketKeyEnabled", encryption.bucketKeyEnabled),
      element("BlockedEncryptionTypes", [element("EncryptionType", encryption.blocked)]),
    ]),
  ]);
}

/** The stored form. */
export function printStoredEncryption(encryption: BucketEncryption): string {
  return JSON.stringify(encryption);
}

/** Throws InternalError for a document this program never wrote: a default that cannot be read is not guessed. */
export function parseStoredEncryption(document: string | undefined): BucketEncryption {
  if (document === undefined) return DEFAULT_BUCKET_ENCRYPTION;
  const parsed: unknown = JSON.parse(document);
  if (typeof parsed === "object" && parsed !== null && "bucketKeyEnabled" in parsed && "blocked" in parsed) {
    const { bucketKeyEnabled, blocked } = parsed;
    if (typeof bucketKeyEnabled === "boolean" && (blocked === "SSE-C" || blocked === "NONE")) {
      return { bucketKeyEnabled, blocked };
    }
  }
  throw s3Error("InternalError");
}

function requireBuiltAlgorithm(byDefault: XmlNode): void {
  const algorithm = requiredText(byDefault, "SSEAlgorithm");
  const kmsKeyId = optionalText(byDefault, "KMSMasterKeyID");
  if (algorithm === "aws:kms" || algorithm === "aws:kms:dsse") {
    throw s3Error("NotImplemented", {
      message: "Default encryption under AWS KMS keys is not implemented",
    });
  }
  if (algorithm !== "AES256") throw s3Error("MalformedXML");
  if (kmsKeyId !== undefined) {
    throw s3Error("InvalidArgument", {
      message:
        "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse",
      fields: { ArgumentName: "ApplyServerSideEncryptionByDefault" },
    });
  }
}

function readBlocked(node: XmlNode): BucketEncryption["blocked"] {
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
