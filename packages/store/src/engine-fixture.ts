import { createSecretKey, randomBytes } from "node:crypto";
import { ManualClock } from "@strongroom/base";
import { MasterKeyring } from "@strongroom/envelope";
import { MemoryBlobStore } from "./blobs/memory-blob-store.ts";
import { createObjectStore } from "./create-object-store.ts";
import { Encryptor } from "./encryption/encryptor.ts";
import type { KeyService } from "./encryption/key-service.ts";
import { DEFAULT_LIMITS, type Engine, type EngineLimits } from "./engine.ts";
import { MemoryIndex } from "./index/memory-index.ts";
import type { ObjectStore, PutObjectInput } from "./object-store.ts";

export interface EngineFixture {
  readonly engine: Engine;
  readonly store: ObjectStore;
  readonly clock: ManualClock;
  /** Resolves when all work put off so far is done. */
  settled(): Promise<void>;
}

/** An engine in memory, for tests of it and of what stands on it. */
export function createEngineFixture(
  limits: Partial<EngineLimits> = {},
  keyService: KeyService | null = null,
): EngineFixture {
  const key = createSecretKey(randomBytes(32));
  const keyring = new MasterKeyring({
    current: () => ({ version: 1, key }),
    find: (version) => (version === 1 ? key : null),
    refresh: async () => {},
  });
  const pending: Promise<void>[] = [];
  const clock = new ManualClock(Date.UTC(2026, 0, 1));
  const engine: Engine = {
    index: new MemoryIndex(),
    blobs: new MemoryBlobStore(),
    clock,
    limits: { ...DEFAULT_LIMITS, ...limits },
    encryptor: new Encryptor({ masterKeyring: keyring, keyService, clock }),
    later: (work) => {
      pending.push(work());
    },
  };
  return {
    engine,
    store: createObjectStore(engine),
    clock,
    settled: async () => {
      while (pending.length > 0) await pending.shift();
    },
  };
}

export async function* bodyOf(...pieces: readonly (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) yield typeof piece === "string" ? Buffer.from(piece) : piece;
}

export const attributes = { headers: {}, userMetadata: {}, tags: {}, storageClass: "STANDARD" } as const;

export function putInput(bucket: string, objectKey: string, body: string | Uint8Array): PutObjectInput {
  return {
    ...attributes,
    bucket,
    objectKey,
    ownerId: "owner",
    body: bodyOf(body),
    integrity: {},
    conditions: {},
    plan: { scheme: "sse-s3" },
  };
}

export async function readAll(
  store: ObjectStore,
  bucket: string,
  objectKey: string,
  versionId?: string,
): Promise<string> {
  const opened = await store.openObject({ bucket, objectKey, versionId });
  const pieces: Uint8Array[] = [];
  for await (const piece of opened.read(0, opened.version.sizeBytes)) pieces.push(piece);
  return Buffer.concat(pieces).toString("latin1");
}
