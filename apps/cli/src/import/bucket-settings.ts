import {
  PutBucketCorsCommand,
  PutBucketEncryptionCommand,
  PutBucketPolicyCommand,
  PutBucketTaggingCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import type { BucketSettings, ImportSource } from "./import-source.ts";

export const SETTINGS = ["policy", "tags", "cors", "encryption"] as const;
export type Setting = (typeof SETTINGS)[number];

/** One setting and what came of it. */
export interface BroughtSetting {
  readonly setting: Setting;
  /** null: it was brought over. */
  readonly failure: unknown;
}

/** Brings over the chosen settings that the source's bucket has. One that the target refuses does not stop the others. */
export async function bringSettings(
  source: ImportSource,
  client: S3Client,
  bucket: string,
  target: string,
  chosen: readonly Setting[],
): Promise<readonly BroughtSetting[]> {
  const settings = await source.readSettings(bucket);
  const brought: BroughtSetting[] = [];
  for (const setting of chosen) {
    const write = writerOf(setting, settings, client, target, bucket);
    if (write === null) continue;
    try {
      await write();
      brought.push({ setting, failure: null });
    } catch (failure) {
      brought.push({ setting, failure });
    }
  }
  return brought;
}

/** null where the bucket has no such setting. */
function writerOf(
  setting: Setting,
  settings: BucketSettings,
  client: S3Client,
  Bucket: string,
  sourceBucket: string,
): (() => Promise<unknown>) | null {
  switch (setting) {
    case "policy": {
      if (settings.policy === null) return null;
      const Policy = renamePolicyBucket(settings.policy, sourceBucket, Bucket);
      return () => client.send(new PutBucketPolicyCommand({ Bucket, Policy }));
    }
    case "tags": {
      if (settings.tags.length === 0) return null;
      const TagSet = settings.tags.map(([Key, Value]) => ({ Key, Value }));
      return () => client.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet } }));
    }
    case "cors": {
      if (settings.cors.length === 0) return null;
      const CORSRules = [...settings.cors];
      return () => client.send(new PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules } }));
    }
    case "encryption": {
      if (settings.encryption.length === 0) return null;
      const Rules = [...settings.encryption];
      return () =>
        client.send(new PutBucketEncryptionCommand({ Bucket, ServerSideEncryptionConfiguration: { Rules } }));
    }
  }
}

/** Resources of a policy name its bucket: under another name they would match nothing. */
function renamePolicyBucket(policy: string, from: string, to: string): string {
  if (from === to) return policy;
  const pattern = new RegExp(`(arn:aws[a-z-]*:s3:::)${from.replaceAll(".", "\\.")}(?=[/"])`, "g");
  return policy.replace(pattern, (_, arn: string) => `${arn}${to}`);
}
