import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ServerError } from "../server-error.ts";
import { identifyProcess, isAlive, type ProcessIdentity } from "./process-identity.ts";

/** Where things are in the data folder. */
export interface DataFolder {
  readonly path: string;
  readonly indexDir: string;
  readonly blobsDir: string;
  /** The erasable halves of the key service's key materials: without them the materials are gone. */
  readonly keysDir: string;
  /** The server's own certificate authority, for clients to trust. Public. */
  readonly caFile: string;
  readonly stateFile: string;
  /** There from the moment that an index exists: an index that is missing afterwards was lost, not never made. */
  readonly indexMadeFile: string;
}

/** What a server tells commands beside it. Nothing in it is secret. */
export interface ServerState {
  readonly rootKeyFile: string;
  /** As written by the operator; null: the key file. */
  readonly unsealWith: string | null;
  readonly endpoint: string;
  readonly processes: readonly ProcessIdentity[];
}

export function dataFolder(path: string): DataFolder {
  return {
    path,
    indexDir: join(path, "index"),
    blobsDir: join(path, "blobs"),
    keysDir: join(path, "keys"),
    caFile: join(path, "tls", "ca.pem"),
    stateFile: join(path, "server.json"),
    indexMadeFile: join(path, "index.json"),
  };
}

/** Makes the folder and those inside it where missing. Only its owner may enter it. Throws DataFolderUnusable. */
export function prepareDataFolder(folder: DataFolder): void {
  try {
    mkdirSync(folder.path, { recursive: true, mode: 0o700 });
    for (const dir of [folder.indexDir, folder.blobsDir, folder.keysDir, join(folder.path, "tls")]) {
      mkdirSync(dir, { recursive: true, mode: 0o700 });
    }
    if ((statSync(folder.path).mode & 0o077) !== 0) chmodSync(folder.path, 0o700);
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
    throw new ServerError(
      "DataFolderUnusable",
      "state",
      `cannot use the data folder ${folder.path}: ${reason}`,
    );
  }
}

export function writeCaFile(folder: DataFolder, certificatePem: string): void {
  replaceFile(folder.caFile, certificatePem, 0o644);
}

export function writeServerState(folder: DataFolder, state: ServerState): void {
  replaceFile(folder.stateFile, `${JSON.stringify(state, null, 2)}\n`, 0o600);
}

/** null when no server has run here, or when the file is not readable as its state. */
export function findServerState(folder: DataFolder): ServerState | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(folder.stateFile, "utf8"));
  } catch {
    return null;
  }
  if (typeof parsed !== "object" || parsed === null) return null;
  const { rootKeyFile, unsealWith, endpoint, processes }: Record<string, unknown> = { ...parsed };
  if (typeof rootKeyFile !== "string" || typeof endpoint !== "string" || !Array.isArray(processes))
    return null;
  return {
    rootKeyFile,
    unsealWith: typeof unsealWith === "string" ? unsealWith : null,
    endpoint,
    processes: processes.filter(isIdentity),
  };
}

/**
 * Waits for processes that a killed server left behind, and ends them when they do not end by themselves: what
 * they have not committed may be swept only once they are gone.
 */
export async function awaitFormerProcesses(folder: DataFolder): Promise<void> {
  const former = (findServerState(folder)?.processes ?? []).filter(({ pid }) => pid !== process.pid);
  for (let attempt = 0; attempt < 500; attempt++) {
    const alive = former.filter(isAlive);
    if (alive.length === 0) return;
    // Without the start time a number may belong to someone else by now: never kill on the number alone.
    if (attempt === 100) {
      for (const { pid, started } of alive) if (started !== "") process.kill(pid, "SIGKILL");
    }
    await sleep(10);
  }
  throw new ServerError(
    "DataFolderInUse",
    "state",
    `processes of an earlier server still use ${folder.path}`,
  );
}

export function ownProcesses(workerPids: readonly number[]): readonly ProcessIdentity[] {
  return [process.pid, ...workerPids].map(identifyProcess);
}

/** Readers see the old file or the new one, never a part. */
function replaceFile(path: string, text: string, mode: number): void {
  const candidate = `${path}.${process.pid}`;
  writeFileSync(candidate, text, { mode });
  renameSync(candidate, path);
}

function isIdentity(value: unknown): value is ProcessIdentity {
  if (typeof value !== "object" || value === null || !("pid" in value) || !("started" in value)) return false;
  return Number.isSafeInteger(value.pid) && Number(value.pid) > 1 && typeof value.started === "string";
}

/** Whether an index was made in this folder: its marker is there, or blobs that only an index can have named. */
export function isIndexMade(folder: DataFolder): boolean {
  return (
    existsSync(folder.indexMadeFile) ||
    (existsSync(folder.blobsDir) && readdirSync(folder.blobsDir).length > 0)
  );
}

/** Leaves the marker, durably. Call once the index is durable itself. */
export function recordIndexMade(folder: DataFolder): void {
  const descriptor = openSync(folder.indexMadeFile, "w", 0o600);
  try {
    writeFileSync(descriptor, '{"format":1}\n');
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  const parent = openSync(folder.path, "r");
  try {
    fsyncSync(parent);
  } finally {
    closeSync(parent);
  }
}
