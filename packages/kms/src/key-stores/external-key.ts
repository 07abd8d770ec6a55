/**
 * A key outside this service: in an HSM or behind an XKS proxy. A key store driver gives these; a custom key store is
 * a driver with its configuration. The service seals under its own material first and then asks the external key, so
 * that neither side alone opens anything. No driver is built yet: the operations of custom key stores answer
 * UnsupportedOperationException.
 *
 * - `encrypt` binds `associatedData`; `decrypt` throws InvalidCiphertextException for anything it did not make.
 * - Both throw KeyUnavailableException when the store does not answer within its time budget.
 */
export interface ExternalKey {
  readonly id: string;
  encrypt(plaintext: Uint8Array, associatedData: Uint8Array): Promise<ExternalCiphertext>;
  decrypt(ciphertext: ExternalCiphertext, associatedData: Uint8Array): Promise<Uint8Array>;
}

export interface ExternalCiphertext {
  readonly bytes: Uint8Array;
  /** At most 20 bytes of the store's own, such as the version of its key. */
  readonly metadata: Uint8Array;
}

/** Where external keys live. `null`: there is no such key. */
export interface KeyStoreDriver {
  findKey(id: string): Promise<ExternalKey | null>;
  /** Throws KeyUnavailableException while the store cannot be used. */
  checkHealth(): Promise<void>;
}
