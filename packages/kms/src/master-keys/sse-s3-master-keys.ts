import type { KeyObject } from "node:crypto";
import type { Clock, SecretBytes } from "@strongroom/base";
import type { MasterKeys } from "@strongroom/envelope";
import { MasterKeyError } from "./master-key-error.ts";
import { createMasterKey, openMasterKey, type SealedMasterKey } from "./sealed-master-key.ts";

/**
 * Where sealed master keys are kept. Versions are 1, 2, 3, … without gaps; none is ever removed or replaced.
 * `append` resolves durably: true when the record was stored, false when its version exists already, so that
 * processes that start or rotate at once converge on one key.
 */
export interface MasterKeyStore {
  load(): Promise<readonly SealedMasterKey[]>;
  append(record: SealedMasterKey): Promise<boolean>;
}

export interface MasterKeysOptions {
  readonly store: MasterKeyStore;
  /** `RootKeys.masterKeySealing`; the caller may wipe it once `open` resolved. */
  readonly sealingKey: SecretBytes;
  readonly clock: Clock;
}

/** How long a list of master keys is taken for current when something is wrapped. */
const MAX_AGE_MS = 5_000;

interface Opened {
  readonly version: number;
  readonly createdMs: number;
  readonly key: KeyObject;
}

/** The versioned SSE-S3 master keys, opened. The highest version wraps; every version unwraps. */
export class SseS3MasterKeys implements MasterKeys {
  readonly #store: MasterKeyStore;
  readonly #sealingKey: KeyObject;
  readonly #clock: Clock;
  /** `#opened[i]` is version i + 1. */
  readonly #opened: Opened[] = [];
  #refreshing: Promise<void> | null = null;
  #readMs = Number.NEGATIVE_INFINITY;

  private constructor(options: MasterKeysOptions) {
    this.#store = options.store;
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
    if (newest === undefined) throw new MasterKeyError("MasterKeyMissing", "there is no master key");
    return newest;
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

  async #add(version: number): Promise<void> {
    // Whether ours was stored or another process's: the one that was stored is the key, so it is read back.
    await this.#store.append(createMasterKey(this.#sealingKey, version, this.#clock.nowMs()));
    await this.#read();
    if (this.#opened.length < version) {
      throw new MasterKeyError(
        "MasterKeyMissing",
        `master key version ${version} was stored but is not there`,
      );
    }
  }

  async #read(): Promise<void> {
    const knownBefore = this.#opened.length;
    const readMs = this.#clock.nowMs();
    const records = [...(await this.#store.load())].sort((a, b) => a.version - b.version);
    for (const [at, record] of records.entries()) {
      if (record.version !== at + 1) {
        throw new MasterKeyError("MasterKeyMissing", `master key version ${at + 1} is missing`);
      }
    }
    if (records.length < knownBefore) {
      throw new MasterKeyError(
        "MasterKeyMissing",
        `master key version ${records.length + 1} has disappeared`,
      );
    }
    for (const record of records.slice(this.#opened.length)) {
      const key = openMasterKey(this.#sealingKey, record);
      this.#opened.push({ version: record.version, createdMs: record.createdMs, key });
    }
    this.#readMs = readMs;
  }
}
