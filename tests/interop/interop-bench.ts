import { createHash, generateKeyPairSync, randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { Agent } from "node:https";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { KMS } from "@aws-sdk/client-kms";
import { S3Client } from "@aws-sdk/client-s3";
import type { ClientEnvironment } from "../harness/client-environment.ts";
import { bytesOf } from "../harness/test-bytes.ts";
import type { Plaintext } from "./matrix/matrix-run.ts";
import { OwnParticipant } from "./matrix/own-participant.ts";
import { type KeyringKind, LARGE_SIZES, OURS, type ParticipantName, SMALL_SIZES } from "./matrix/shapes.ts";
import { type Participant, PeerProcess } from "./peers/peer-process.ts";
import { buildPeer, PEER_NAMES, type PeerName } from "./peers/peer-programs.ts";

/** Our client and every official one that can be had here, each ready for requests. */
export interface Participants {
  readonly all: ReadonlyMap<ParticipantName, Participant>;
  readonly missing: ReadonlyMap<PeerName, string>;
  readonly kms: KMS;
  close(): Promise<void>;
}

export async function openParticipants(
  environment: ClientEnvironment,
  names: readonly PeerName[] = PEER_NAMES,
): Promise<Participants> {
  const settings = {
    endpoint: environment.endpoint,
    region: environment.region,
    credentials: environment.credentials,
    requestHandler: { httpsAgent: new Agent({ ca: environment.ca, keepAlive: true }) },
  };
  const kms = new KMS(settings);
  const all = new Map<ParticipantName, Participant>();
  const missing = new Map<PeerName, string>();
  all.set(OURS, new OwnParticipant(new S3Client({ ...settings, forcePathStyle: true }), kms));
  for (const name of names) {
    const built = await buildPeer(name);
    if ("missing" in built) missing.set(name, built.missing);
    else all.set(name, new PeerProcess(built, environment.variables));
  }
  return {
    all,
    missing,
    kms,
    async close() {
      await Promise.all([...all.values()].map((participant) => participant.close()));
      kms.destroy();
    },
  };
}

/**
 * Our client in a process of its own, as the others are. Node.js as it is collects all garbage every few dozen MiB of buffers; under
 * the flag, with which the `strongroom` command is started too, it does not.
 */
export function startOwnPeer({ caFile, variables }: ClientEnvironment, isTuned: boolean): PeerProcess {
  const file = fileURLToPath(new URL("./peers/own/peer.ts", import.meta.url));
  const flags = isTuned ? ["--external-memory-accounted-in-global-limit"] : [];
  return new PeerProcess({ file: process.execPath, parameters: [...flags, file, caFile] }, variables);
}

/** One file for each size that the matrix wants. */
export function writePlaintexts(folder: string): ReadonlyMap<number, Plaintext> {
  mkdirSync(folder, { recursive: true });
  return new Map(
    [...SMALL_SIZES, ...LARGE_SIZES].map((sizeBytes) => {
      const bytes = bytesOf(`interop ${sizeBytes}`, sizeBytes);
      const file = join(folder, String(sizeBytes));
      writeFileSync(file, bytes);
      return [sizeBytes, { file, sha256: createHash("sha256").update(bytes).digest("hex") }];
    }),
  );
}

/** Keys for the raw keyrings, and one made in the server's KMS; null and the reason when it has none. */
export async function makeKeys(kms: KMS): Promise<{
  readonly keyrings: ReadonlyMap<KeyringKind, Readonly<Record<string, string>>>;
  readonly noKms: string | null;
}> {
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const base64 = (key: Buffer): string => key.toString("base64");
  const keyrings = new Map<KeyringKind, Readonly<Record<string, string>>>([
    ["aes", { key: base64(randomBytes(32)) }],
    [
      "rsa",
      {
        publicKey: base64(rsa.publicKey.export({ type: "spki", format: "der" })),
        privateKey: base64(rsa.privateKey.export({ type: "pkcs8", format: "der" })),
      },
    ],
  ]);
  try {
    const { KeyMetadata } = await kms.createKey({ Description: "interop" });
    keyrings.set("kms", { keyId: KeyMetadata?.Arn ?? "" });
    return { keyrings, noKms: null };
  } catch (error) {
    return { keyrings, noKms: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
  }
}
