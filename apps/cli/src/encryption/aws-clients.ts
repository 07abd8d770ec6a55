import { readFileSync } from "node:fs";
import { Agent } from "node:https";
import { rootCertificates } from "node:tls";
import { KMS } from "@aws-sdk/client-kms";
import { S3Client } from "@aws-sdk/client-s3";

/**
 * Clients as the environment wants them: `AWS_ENDPOINT_URL`, credentials, region, and `AWS_CA_BUNDLE`, which this SDK does
 * not read by itself. Against another endpoint than Amazon's, buckets go into the path.
 */
export function openS3(): S3Client {
  const isElsewhere =
    process.env["AWS_ENDPOINT_URL_S3"] !== undefined || process.env["AWS_ENDPOINT_URL"] !== undefined;
  return new S3Client({ ...common(), forcePathStyle: isElsewhere });
}

export function openKms(): KMS {
  return new KMS(common());
}

function common(): { requestHandler?: { httpsAgent: Agent } } {
  const bundle = process.env["AWS_CA_BUNDLE"];
  if (bundle === undefined || bundle === "") return {};
  const ca = [...rootCertificates, readFileSync(bundle, "utf8")];
  return { requestHandler: { httpsAgent: new Agent({ ca, keepAlive: true }) } };
}
