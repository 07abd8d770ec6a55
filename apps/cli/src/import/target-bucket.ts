import {
  CreateBucketCommand,
  GetBucketVersioningCommand,
  GetObjectLockConfigurationCommand,
  HeadBucketCommand,
  PutBucketEncryptionCommand,
  PutBucketVersioningCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { ImportError } from "./import-error.ts";
import type { SourceBucket } from "./import-source.ts";
import { statusOf, unlessAbsent, versioningOf } from "./s3-answers.ts";
import type { TargetScheme } from "./target-encryption.ts";

export interface TargetBucket {
  readonly isThere: boolean;
  readonly versioning: SourceBucket["versioning"];
  readonly hasObjectLock: boolean;
}

export async function findTargetBucket(client: S3Client, Bucket: string): Promise<TargetBucket> {
  try {
    await client.send(new HeadBucketCommand({ Bucket }));
  } catch (error) {
    if (statusOf(error) !== 404) throw error;
    return { isThere: false, versioning: "never", hasObjectLock: false };
  }
  const { Status } = await client.send(new GetBucketVersioningCommand({ Bucket }));
  const lock = await unlessAbsent(client.send(new GetObjectLockConfigurationCommand({ Bucket })));
  return {
    isThere: true,
    versioning: versioningOf(Status),
    hasObjectLock: lock?.ObjectLockConfiguration?.ObjectLockEnabled === "Enabled",
  };
}

/**
 * Makes the bucket where there is none, so that it can hold what comes: with versions and Object Lock when the source has them, and
 * open for customers' keys when those are to seal it. A bucket that is there is taken as it is; ImportError "TargetDiffers" when it
 * cannot hold versions that are to come.
 */
export async function prepareTargetBucket(
  client: S3Client,
  source: SourceBucket,
  target: string,
  options: { readonly scheme: TargetScheme; readonly isCurrentOnly: boolean; readonly isDryRun: boolean },
): Promise<TargetBucket> {
  const found = await findTargetBucket(client, target);
  const needsVersions = source.versioning !== "never" && !options.isCurrentOnly;
  if (found.isThere) {
    if (needsVersions && found.versioning !== "enabled")
      throw new ImportError(
        "TargetDiffers",
        "state",
        `the bucket ${target} keeps no versions now, and the source does`,
        { next: "enable its versioning, or give --versions current" },
      );
    return found;
  }
  const made = {
    isThere: true,
    versioning: needsVersions || source.hasObjectLock ? ("enabled" as const) : ("never" as const),
    hasObjectLock: source.hasObjectLock,
  };
  if (options.isDryRun) return { ...made, isThere: false };
  await client.send(
    new CreateBucketCommand({
      Bucket: target,
      ...(source.hasObjectLock ? { ObjectLockEnabledForBucket: true } : {}),
    }),
  );
  if (made.versioning === "enabled" && !source.hasObjectLock) await setVersioning(client, target, "Enabled");
  if (options.scheme === "sse-c") await openForCustomerKeys(client, target);
  return made;
}

export async function setVersioning(
  client: S3Client,
  Bucket: string,
  Status: "Enabled" | "Suspended",
): Promise<void> {
  await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } }));
}

async function openForCustomerKeys(client: S3Client, Bucket: string): Promise<void> {
  await client.send(
    new PutBucketEncryptionCommand({
      Bucket,
      ServerSideEncryptionConfiguration: {
        Rules: [
          {
            ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" },
            BlockedEncryptionTypes: { EncryptionType: ["NONE"] },
          },
        ],
      },
    }),
  );
}
