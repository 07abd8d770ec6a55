import { readFileSync } from "node:fs";
import { Agent as PlainAgent } from "node:http";
import { Agent } from "node:https";
import { rootCertificates } from "node:tls";
import { S3Client } from "@aws-sdk/client-s3";
import type { SourceCredentials } from "../config.ts";

export interface S3Place {
  /** null: where the environment points to, else Amazon. */
  readonly endpoint: string | null;
  readonly region: string | null;
  /** null: found as the AWS SDK finds them. */
  readonly credentials: SourceCredentials | null;
  /** A profile of the shared AWS files; null for none. */
  readonly profile: string | null;
  /** A PEM file of authorities to trust besides the built-in ones. */
  readonly caFile: string | null;
}

/** Connections to one endpoint, one process-wide pool of sockets for each. */
export function connectS3(place: S3Place, concurrency: number, maxAttempts: number): S3Client {
  const { endpoint, region, credentials, profile, caFile } = place;
  const ca = caFile === null ? {} : { ca: [...rootCertificates, readFileSync(caFile, "utf8")] };
  // Listings and a part or two of each object go on at once.
  const maxSockets = concurrency * 2 + 4;
  return new S3Client({
    ...(endpoint === null ? {} : { endpoint, forcePathStyle: true }),
    ...(region === null ? {} : { region }),
    ...(credentials === null ? {} : { credentials }),
    ...(profile === null ? {} : { profile }),
    maxAttempts,
    // What is sent and read is digested here, so that both ends are compared (content-digests.ts).
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    // Sources yield pieces of any size; a chunk of a signed stream has at least 8 KiB.
    requestStreamBufferSize: 64 * 1024,
    requestHandler: {
      httpsAgent: new Agent({ ...ca, keepAlive: true, maxSockets }),
      httpAgent: new PlainAgent({ keepAlive: true, maxSockets }),
      connectionTimeout: 30_000,
      requestTimeout: 600_000,
      throwOnRequestTimeout: true,
    },
  });
}
