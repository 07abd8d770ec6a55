import { readFileSync } from "node:fs";
import { Agent } from "node:https";
import { rootCertificates } from "node:tls";
import { KMS } from "@aws-sdk/client-kms";
import { S3Client } from "@aws-sdk/client-s3";
import { type AwsSettings, readAwsSettings } from "../config.ts";

/**
 * Clients as the environment wants them: `AWS_ENDPOINT_URL`, credentials, region, and `AWS_CA_BUNDLE`, which this SDK does
 * not read by itself. Against another endpoint than Amazon's, buckets go into the path.
 */
export function openS3(settings = readAwsSettings()): S3Client {
  return new S3Client({ ...transportOf(settings), forcePathStyle: settings.isElsewhere });
}

export function openKms(settings = readAwsSettings()): KMS {
  return new KMS(transportOf(settings));
}

function transportOf({ caBundleFile }: AwsSettings): { requestHandler?: { httpsAgent: Agent } } {
  if (caBundleFile === null) return {};
  const ca = [...rootCertificates, readFileSync(caBundleFile, "utf8")];
  return { requestHandler: { httpsAgent: new Agent({ ca, keepAlive: true }) } };
}
