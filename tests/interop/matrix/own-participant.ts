import { createHash } from "node:crypto";
import { createReadStream, readFileSync } from "node:fs";
import { GetObjectCommand, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import {
  AesKeyring,
  type KeyManagementService,
  type Keyring,
  KmsKeyring,
  RsaKeyring,
  S3EncryptionClient,
  Upload,
} from "@strongroom/s3-encryption-client";
import type { Participant, PeerAnswer, PeerRequest } from "../peers/peer-process.ts";

const PART_BYTES = 8 << 20;

/** Our client behind the peers' protocol, in this process. */
export class OwnParticipant implements Participant {
  readonly #s3: S3Client;
  readonly #kms: KeyManagementService;

  constructor(s3: S3Client, kms: KeyManagementService) {
    this.#s3 = s3;
    this.#kms = kms;
  }

  async ask(request: PeerRequest): Promise<PeerAnswer> {
    try {
      const startedMs = performance.now();
      let found: { sizeBytes: number; sha256: string | null } | null = null;
      for (let turn = 0; turn < (request.repeat ?? 1); turn++) {
        if (request.op === "put") await this.#put(request);
        else found = await this.#get(request);
      }
      const elapsedMs = performance.now() - startedMs;
      return { ok: true, elapsedMs, sizeBytes: found?.sizeBytes ?? null, sha256: found?.sha256 ?? null };
    } catch (error) {
      return { ok: false, error: describe(error) };
    }
  }

  async close(): Promise<void> {
    this.#s3.destroy();
  }

  async #put(request: PeerRequest): Promise<void> {
    const { bucket: Bucket, key: Key, file = "", multipart = false } = request;
    const client = this.#clientFor(request);
    if (!multipart) {
      await client.send(new PutObjectCommand({ Bucket, Key, Body: readFileSync(file) }), contextOf(request));
      return;
    }
    const params = { Bucket, Key, Body: createReadStream(file) };
    await new Upload({ client, params, partSize: PART_BYTES, ...contextOf(request) }).done();
  }

  async #get(request: PeerRequest): Promise<{ sizeBytes: number; sha256: string | null }> {
    const { bucket: Bucket, key: Key } = request;
    const { Body } = await this.#clientFor(request).send(
      new GetObjectCommand({ Bucket, Key }),
      contextOf(request),
    );
    if (Body === undefined) throw new TypeError("no body");
    const bytes = await Body.transformToByteArray();
    const isWanted = request.digest ?? true;
    return {
      sizeBytes: bytes.length,
      sha256: isWanted ? createHash("sha256").update(bytes).digest("hex") : null,
    };
  }

  #clientFor({ op, suite, storage, keyring, context }: PeerRequest): S3EncryptionClient {
    const commits = suite === "commit";
    return new S3EncryptionClient({
      client: this.#s3,
      keyring: this.#keyringOf(keyring, context, op === "get" && suite.startsWith("legacy")),
      ...(commits
        ? {}
        : {
            commitmentPolicy: "FORBID_ENCRYPT_ALLOW_DECRYPT",
            encryptionAlgorithm: "ALG_AES_256_GCM_IV12_TAG16_NO_KDF",
          }),
      enableLegacyUnauthenticatedModes: suite === "legacy-cbc",
      instructionFiles: { write: storage === "instruction" },
    });
  }

  #keyringOf(
    keyring: PeerRequest["keyring"],
    materialsDescription: PeerRequest["context"],
    enableLegacyWrappingAlgorithms: boolean,
  ): Keyring {
    const bytes = (name: string): Buffer => Buffer.from(keyring[name] ?? "", "base64");
    const common = { materialsDescription, enableLegacyWrappingAlgorithms };
    switch (keyring["kind"]) {
      case "aes":
        return new AesKeyring({ key: bytes("key"), ...common });
      case "rsa":
        return new RsaKeyring({ publicKey: bytes("publicKey"), privateKey: bytes("privateKey"), ...common });
      default:
        return new KmsKeyring({
          kms: this.#kms,
          keyId: keyring["keyId"] ?? "",
          enableLegacyWrappingAlgorithms,
        });
    }
  }
}

/** The legacy wrapping `kms` knows no context of the caller's. */
function contextOf({ keyring, suite, context }: PeerRequest): { encryptionContext?: PeerRequest["context"] } {
  return keyring["kind"] === "kms" && !suite.startsWith("legacy") ? { encryptionContext: context } : {};
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? ` <- ${error.cause.name}: ${error.cause.message}` : "";
  return `${error.name}: ${error.message}${cause}`;
}
