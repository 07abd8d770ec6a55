import assert from "node:assert/strict";
import { GetObjectCommand } from "@aws-sdk/client-s3";
import type { S3EncryptionClientOptions } from "../client/client-options.ts";
import type { S3EncryptionClientError } from "../errors.ts";
import { AesKeyring } from "../keyrings/aes-keyring.ts";
import { type ObjectVector, readObjectVector } from "./read-vectors.ts";
import { AES_KEY, sampleClient, store, TARGET } from "./sample-client.ts";

export type Metadata = Record<string, string>;
export type ErrorClass = new (...args: never[]) => S3EncryptionClientError;

export const V3 = readObjectVector("V3, raw AES");
export const V2 = readObjectVector("V2, raw AES");
export const V1 = readObjectVector("V1, raw AES");
/** Every opt-in at once. */
export const ALL_FLAGS: Partial<S3EncryptionClientOptions> = {
  keyring: new AesKeyring({ key: AES_KEY, enableLegacyWrappingAlgorithms: true }),
  commitmentPolicy: "REQUIRE_ENCRYPT_ALLOW_DECRYPT",
  enableLegacyUnauthenticatedModes: true,
  rangedGets: "unauthenticated",
};
export const flipped = (base64: string, at = 0) => {
  const bytes = Buffer.from(base64, "base64");
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  return bytes.toString("base64");
};
export const without = (metadata: Readonly<Metadata>, ...names: string[]): Metadata =>
  Object.fromEntries(Object.entries(metadata).filter(([name]) => !names.includes(name)));

/** Stores a changed vector and reads it: the error has to be of that class, and no plaintext may come out. */
export async function rejects(
  vector: ObjectVector,
  change: { metadata?: Metadata; bodyHex?: string },
  expected: ErrorClass,
  options: Partial<S3EncryptionClientOptions> = ALL_FLAGS,
  instructionFile?: object | string,
): Promise<S3EncryptionClientError> {
  const { s3, client } = sampleClient(options);
  store(s3, { ...vector, ...change });
  if (instructionFile !== undefined) {
    const text = typeof instructionFile === "string" ? instructionFile : JSON.stringify(instructionFile);
    s3.objects.set("bucket/key.instruction", { body: Buffer.from(text), metadata: {}, headers: {} });
  }
  let thrown: unknown;
  await assert.rejects(
    async () => {
      const output = await client.send(new GetObjectCommand(TARGET));
      assert.fail(`released ${await output.Body?.transformToString()}`);
    },
    (error) => {
      thrown = error;
      return error instanceof expected;
    },
  );
  return thrown as S3EncryptionClientError;
}
