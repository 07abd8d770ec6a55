import type { KeyObject } from "node:crypto";
import type { Clock, SecretBytes } from "@strongroom/base";
import type { MasterKeys } from "@strongroom/envelope";
import type { ErasableSecrets } from "../keys/erasable-secrets.ts";
import { MasterKeyError } from "./master-key-error.ts";
import {
  createMasterKey,
  destroyedMasterKey,
  destroyedMsOf,
  openMasterKey,
  type SealedMasterKey,
  secretNameOf,
} from "./sealed-master-key.ts";

/**
 * Where sealed master keys are kept. Versions are 1, 2, 3, … without gaps; none is ever removed.
 * `append` resolves durably: true when the record was stored, false when its version exists already, so that
 * processes that start or rotate at once converge on one key. `replace` is for the destruction of a version alone, and
 * resolves durably too.
 */
export interface MasterKeyStore {
  load(): Promise<readonly SealedMasterKey[]>;
  append(record: SealedMasterKey): Promise<boolean>;
  replace(record: SealedMasterKey): Promise<void>;
}

export interface MasterKeysOptions {
  readonly store: MasterKeyStore;
  /** Holds half of what each version is sealed under. */
  readonly secrets: ErasableSecrets;
  /** `RootKeys.masterKeySealing`; the caller may wipe it once `open` resolved. */
  readonly sealingKey: SecretBytes;
  readonly clock: Clock;
}

/** How long a list of master keys is taken for current when something is wrapped. */
const MAX_AGE_MS = 5_000;
/** How long a process goes on opening what it read before another one destroyed the key for it: requests under way. */
const KEPT_MS = 60_000;

interface Opened {
  readonly version: number;
  readonly createdMs: number;
  /** null: destroyed. */
  readonly key: KeyObject | null;
}

/** What became of one version. */
export interface MasterKeyState {
  readonly version: number;
  readonly createdMs: number;
  readonly destroyedMs: number | null;
  /** Whether destruction leaves nothing to open it with: not so for keys made before they had erasable halves. */
  readonly isErasable: boolean;
}

/** The versioned SSE-S3 master keys, opened. The highest version wraps; every version unwraps until it is destroyed. */
export class SseS3MasterKeys implements MasterKeys {
  readonly #store: MasterKeyStore;
  readonly #secrets: ErasableSecrets;
  readonly #sealingKey: KeyObject;
  readonly #clock: Clock;
  /** `#opened[i]` is version i + 1. */
  readonly #opened: Opened[] = [];
  #refreshing: Promise<void> | null = null;
  #readMs = Number.NEGATIVE_INFINITY;

  private constructor(options: MasterKeysOptions) {
    this.#store = options.store;
    this.#secrets = options.secrets;
    this.#sealingKey = options.sealingKey.toKeyObject();
    this.#clock = options.clock;
  }

  /** Opens what is stored; where nothing is, makes version 1. Throws `MasterKeyError` and the store's errors. */
  static async open(options: MasterKeysOptions): Promise<SseS3MasterKeys> {
    const keys = new SseS3MasterKeys(options);
    await keys.refresh();
    if (keys.#opened.length === 0) await keys.#add(1);
    return keys;
  }

  current(): { readonly version: number; readonly key: KeyObject; readonly createdMs: number } {
    const newest = this.#opened.at(-1);
    if (newest === undefined || newest.key === null) {
      throw new MasterKeyError("MasterKeyMissing", "there is no master key");
    }
    return { version: newest.version, key: newest.key, createdMs: newest.createdMs };
  }

  find(version: number): KeyObject | null {
    return this.#opened[version - 1]?.key ?? null;
  }

  /** Reads what other processes added. Calls made while one is under way share it. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#read().finally(() => {
      this.#refreshing = null;
    });
    return this.#refreshing;
  }

  /** What this process wraps under is at most five seconds behind a rotation in another one. */
  refreshIfOld(): Promise<void> | null {
    const ageMs = this.#clock.nowMs() - this.#readMs;
    return ageMs >= 0 && ageMs < MAX_AGE_MS ? null : this.refresh();
  }

  /** Makes a newer version current and returns it. Rotations begun at once from one version make one new version. */
  async rotate(): Promise<number> {
    await this.#add(this.current().version + 1);
    return this.current().version;
  }

  /** All versions, the oldest first. */
  async list(): Promise<readonly MasterKeyState[]> {
    return (await this.#load()).map((record) => ({
      version: record.version,
      createdMs: record.createdMs,
      destroyedMs: destroyedMsOf(record),
      isErasable: secretNameOf(record) !== null,
    }));
  }

  /**
   * Destroys versions up to `version`, for good: first the record, durably, then the secret, so that whatever ends this
   * half-way leaves a version that is destroyed or one that is whole; `eraseDestroyed` brings it to its end. The caller
   * made sure that nothing hangs on them. Returns the versions that were not destroyed before. Throws MasterKeyInUse for
   * the newest version.
   */
  async destroyUpTo(version: number): Promise<readonly number[]> {
    const records = await this.#load();
    if (version >= records.length) {
      throw new MasterKeyError("MasterKeyInUse", `master key version ${records.length} is the newest`);
    }
    const destroyed: number[] = [];
    for (const record of records.slice(0, version)) {
      if (destroyedMsOf(record) !== null) continue;
      await this.#store.replace(destroyedMasterKey(record, this.#clock.nowMs()));
      destroyed.push(record.version);
    }
    await this.eraseDestroyed();
    return destroyed;
  }

  /** Erases what is left of destroyed versions. Idempotent. */
  async eraseDestroyed(): Promise<void> {
    for (const record of await this.#load()) {
      const name = destroyedMsOf(record) === null ? null : secretNameOf(record);
      if (name !== null) await this.#secrets.erase(name);
    }
  }

  async #add(version: number): Promise<void> {
    // Whether ours was stored or another process's: the one that was stored is the key, so it is read back.
    const made = await createMasterKey(this.#sealingKey, this.#secrets, version, this.#clock.nowMs());
    if (!(await this.#store.append(made))) await this.#secrets.erase(secretNameOf(made) ?? "");
    await this.#read();
    if (this.#opened.length < version) {
      throw new MasterKeyError(
        "MasterKeyMissing",
        `master key version ${version} was stored but is not there`,
      );
    }
  }

  async #load(): Promise<readonly SealedMasterKey[]> {
    const records = [...(await this.#store.load())].sort((a, b) => a.version - b.version);
    for (const [at, record] of records.entries()) {
      if (record.version !== at + 1) {
        throw new MasterKeyError("MasterKeyMissing", `master key version ${at + 1} is missing`);
      }
    }
    return records;
  }

  async #read(): Promise<void> {
    const readMs = this.#clock.nowMs();
    const records = await this.#load();
    if (records.length < this.#opened.length) {
      throw new MasterKeyError(
        "MasterKeyMissing",
        `master key version ${records.length + 1} has disappeared`,
      );
    }
    for (const record of records) {
      const known = this.#opened[record.version - 1];
      const destroyedMs = destroyedMsOf(record);
      if (destroyedMs !== null && (known === undefined || readMs - destroyedMs >= KEPT_MS)) {
        const { version, createdMs } = record;
        this.#opened[version - 1] = { version, createdMs, key: null };
      } else if (known === undefined) {
        const key = await this.#open(record);
        this.#opened[record.version - 1] = { version: record.version, createdMs: record.createdMs, key };
      }
    }
    this.#readMs = readMs;
  }

  /** null: it was destroyed since its record was read. */
  async #open(record: SealedMasterKey): Promise<KeyObject | null> {
    try {
      return await openMasterKey(this.#sealingKey, this.#secrets, record);
    } catch (error) {
      const now = (await this.#load())[record.version - 1];
      if (now !== undefined && destroyedMsOf(now) !== null) return null;
      throw error;
    }
  }
}
