import type { SecretBytes } from "@strongroom/base";

/** A device that keeps AES-256 keys which never leave it. Its user is logged in. Everything throws Pkcs11Error. */
export interface KeyDevice {
  createKey(label: string): Promise<void>;
  /** False: there was none. */
  destroyKey(label: string): Promise<boolean>;
  seal(label: string, plaintext: SecretBytes, associatedData: Uint8Array): Promise<Uint8Array>;
  /** The caller wipes the result. */
  unseal(label: string, sealed: Uint8Array, associatedData: Uint8Array): Promise<SecretBytes>;
  /** At most 1024 bytes. */
  random(sizeBytes: number): Promise<Uint8Array>;
  close(): void;
}

/** The devices that the operator connected, under the names by which clients know them. */
export interface KeyDevices {
  /** Whether this account may make a store of this cluster. Others hear that there is none. */
  has(clusterId: string, accountId: string): boolean;
  /** Logs in. Tries the PIN once: devices lock themselves. Throws Pkcs11Error. */
  open(clusterId: string, pin: SecretBytes): Promise<KeyDevice>;
}
