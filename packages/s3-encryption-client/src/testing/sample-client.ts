import { GetObjectCommand } from "@aws-sdk/client-s3";
import type { S3EncryptionClientOptions } from "../client/client-options.ts";
import { S3EncryptionClient } from "../client/s3-encryption-client.ts";
import type { SendOptions } from "../client/send-options.ts";
import { AesKeyring } from "../keyrings/aes-keyring.ts";
import { MemoryS3 } from "./memory-s3.ts";
import type { ObjectVector } from "./read-vectors.ts";

export const TARGET = { Bucket: "bucket", Key: "key" };
export const AES_KEY: Uint8Array = Uint8Array.from({ length: 32 }, (_, at) => at);

/** A client over an S3 in memory, with the AES key of the vectors. */
export function sampleClient(
  options: Partial<S3EncryptionClientOptions> = {},
  s3: MemoryS3 = new MemoryS3(),
): { readonly s3: MemoryS3; readonly client: S3EncryptionClient } {
  const keyring = new AesKeyring({ key: AES_KEY });
  return { s3, client: new S3EncryptionClient({ client: s3.client(), keyring, ...options }) };
}

/** Stores an object as another client wrote it. */
export function store(
  s3: MemoryS3,
  vector: Pick<ObjectVector, "metadata" | "bodyHex">,
  path = "bucket/key",
): void {
  s3.objects.set(path, {
    body: Buffer.from(vector.bodyHex, "hex"),
    metadata: { ...vector.metadata },
    headers: {},
  });
}

/** The plaintext of bucket/key as text. */
export async function read(
  client: S3EncryptionClient,
  options: SendOptions & { Range?: string } = {},
): Promise<string> {
  const { Range, ...send } = options;
  const output = await client.send(
    new GetObjectCommand({ ...TARGET, ...(Range === undefined ? {} : { Range }) }),
    send,
  );
  return (await output.Body?.transformToString("latin1")) ?? "";
}
