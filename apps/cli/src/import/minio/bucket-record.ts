import type { CORSRule, ServerSideEncryptionRule } from "@aws-sdk/client-s3";
import { childrenNamed, optionalChild, optionalText, parseXml, type XmlNode } from "@strongroom/wire";
import { damaged } from "../import-error.ts";
import type { BucketSettings, SourceBucket } from "../import-source.ts";
import { MessagePackReader } from "./message-pack.ts";

/** Before the MessagePack: format 1, version 1. */
const HEADER_BYTES = 4;

/** A bucket's own record, from `.minio.sys/buckets/NAME/.metadata.bin` (docs/format/minio-folder.md §7). */
export interface BucketRecord extends BucketSettings {
  readonly versioning: SourceBucket["versioning"];
  readonly hasObjectLock: boolean;
}

export function parseBucketRecord(bytes: Buffer): BucketRecord {
  const fields = new MessagePackReader(bytes.subarray(HEADER_BYTES)).next();
  if (!(fields instanceof Map)) throw damaged("a bucket's record is no map");
  const text = (name: string): string => {
    const value: unknown = fields.get(name);
    return Buffer.isBuffer(value) ? value.toString("utf8") : "";
  };
  const status = textOf(root(text("VersioningConfigXML")), "Status");
  const policy = text("PolicyConfigJSON");
  return {
    versioning: status === "Enabled" ? "enabled" : status === "Suspended" ? "suspended" : "never",
    hasObjectLock: textOf(root(text("ObjectLockConfigXML")), "ObjectLockEnabled") === "Enabled",
    policy: policy === "" ? null : policy,
    tags: parseTags(root(text("TaggingConfigXML"))),
    // MinIO has CORS for the whole server alone.
    cors: [] satisfies readonly CORSRule[],
    encryption: parseEncryption(root(text("EncryptionConfigXML"))),
  };
}

export const NO_RECORD: BucketRecord = {
  versioning: "never",
  hasObjectLock: false,
  policy: null,
  tags: [],
  cors: [],
  encryption: [],
};

function root(xml: string): XmlNode | null {
  return xml === "" ? null : parseXml(xml);
}

function textOf(node: XmlNode | null | undefined, name: string): string {
  return node === null || node === undefined ? "" : (optionalText(node, name) ?? "");
}

function parseTags(tagging: XmlNode | null): readonly (readonly [string, string])[] {
  const set = tagging === null ? undefined : optionalChild(tagging, "TagSet");
  if (set === undefined) return [];
  return childrenNamed(set, "Tag").map((tag) => [textOf(tag, "Key"), textOf(tag, "Value")] as const);
}

function parseEncryption(configuration: XmlNode | null): readonly ServerSideEncryptionRule[] {
  if (configuration === null) return [];
  return childrenNamed(configuration, "Rule").flatMap((rule) => {
    const byDefault = optionalChild(rule, "ApplyServerSideEncryptionByDefault");
    const algorithm = textOf(byDefault, "SSEAlgorithm");
    if (algorithm !== "AES256" && algorithm !== "aws:kms") return [];
    const KMSMasterKeyID = textOf(byDefault, "KMSMasterKeyID");
    return [
      {
        ApplyServerSideEncryptionByDefault: {
          SSEAlgorithm: algorithm,
          ...(KMSMasterKeyID === "" ? {} : { KMSMasterKeyID }),
        },
      },
    ];
  });
}
