import type { KeyObject } from "node:crypto";
import { SecretBytes } from "@strongroom/base";
import { EnvelopeError } from "../envelope-error.ts";
import type { DataKey, EncryptedDataKey, EncryptionContext, Keyring } from "../keyring.ts";
import type { DataKeyEncrypter } from "./rewrap-data-key.ts";
import { findMasterKeyVersion, type MasterKey, unwrapDataKey, wrapDataKey } from "./wrapped-data-key.ts";

/** Versioned 32-byte key-encryption keys. Versions are 1, 2, 3, …; the highest is current. */
export interface MasterKeys {
  current(): MasterKey;
  /** null: not known here. */
  find(version: number): KeyObject | null;
  /** Reads again what other processes may have added. */
  refresh(): Promise<void>;
  /** As `refresh`, when it was not done lately: before a wrap, so that a rotation reaches every process in seconds. */
  refreshIfOld?(): Promise<void> | null;
}

const DATA_KEY_SIZE_BYTES = 32;

/** Wraps data keys under versioned master keys held in this process. */
export class MasterKeyring implements Keyring, DataKeyEncrypter {
  readonly #masterKeys: MasterKeys;

  constructor(masterKeys: MasterKeys) {
    this.#masterKeys = masterKeys;
  }

  /** Throws InvalidContext. */
  async generateDataKey(context: EncryptionContext): Promise<DataKey> {
    const plaintext = SecretBytes.random(DATA_KEY_SIZE_BYTES);
    return { plaintext, encrypted: await this.encryptDataKey(plaintext, context) };
  }

  /** Wraps an existing data key under the current master key. The caller keeps and wipes `plaintext`. */
  async encryptDataKey(plaintext: SecretBytes, context: EncryptionContext): Promise<EncryptedDataKey> {
    const refreshing = this.#masterKeys.refreshIfOld?.() ?? null;
    if (refreshing !== null) await refreshing;
    return wrapDataKey(this.#masterKeys.current(), plaintext, context);
  }

  /**
   * null for wrapped keys of other kinds. Throws Malformed, UnknownMasterKey, Tampered (R-17: changed,
   * or wrapped for another context) or InvalidContext.
   */
  async decryptDataKey(encrypted: EncryptedDataKey, context: EncryptionContext): Promise<SecretBytes | null> {
    const version = findMasterKeyVersion(encrypted);
    if (version === null) return null;
    return unwrapDataKey(await this.#requireMasterKey(version), encrypted, context);
  }

  /**
   * Whether `encrypted` is wrapped under the current master key, or one that another process made since; false for
   * other kinds. Throws Malformed.
   */
  isCurrent(encrypted: EncryptedDataKey): boolean {
    return (findMasterKeyVersion(encrypted) ?? 0) >= this.#masterKeys.current().version;
  }

  /** From now on this wraps under master key `version` or a later one. Throws UnknownMasterKey. */
  async reach(version: number): Promise<void> {
    if (this.#masterKeys.current().version >= version) return;
    await this.#masterKeys.refresh();
    if (this.#masterKeys.current().version >= version) return;
    throw new EnvelopeError("UnknownMasterKey", `there is no master key version ${version}`);
  }

  async #requireMasterKey(version: number): Promise<KeyObject> {
    const known = this.#masterKeys.find(version);
    if (known !== null) return known;
    // Another process may have rotated since.
    await this.#masterKeys.refresh();
    const added = this.#masterKeys.find(version);
    if (added !== null) return added;
    throw new EnvelopeError("UnknownMasterKey", `there is no master key version ${version}`);
  }
}
