import type { SecretBytes } from "@strongroom/base";
import type { Pkcs11Uri } from "@strongroom/pkcs11";

/** A key service of somebody else's, spoken to over the AWS wire. Errors of any kind count as a refusal. */
export interface ExternalKms {
  encrypt(request: ExternalKmsRequest): Promise<Uint8Array>;
  decrypt(request: ExternalKmsRequest): Promise<Uint8Array>;
}

export interface ExternalKmsRequest {
  /** The key to use, and no other: also named when decrypting. */
  readonly keyArn: string;
  /** Plaintext to encrypt, or ciphertext to decrypt. */
  readonly bytes: Uint8Array;
  readonly context: Readonly<Record<string, string>>;
}

/** A PKCS#11 token whose user is logged in. Errors of any kind count as a refusal. */
export interface SlotToken {
  hasKey(label: string): Promise<boolean>;
  /** Makes an AES-256 key that never leaves the token. */
  createKey(label: string): Promise<void>;
  seal(label: string, plaintext: SecretBytes, associatedData: Uint8Array): Promise<Uint8Array>;
  unseal(label: string, sealed: Uint8Array, associatedData: Uint8Array): Promise<SecretBytes>;
  close(): void;
}

/** What opening a slot may need of the world outside the data folder. */
export interface SlotAccess {
  /** Made only when a slot needs it. */
  kms(): Promise<ExternalKms>;
  /** Logs in to the token that the URI names. */
  token(uri: Pkcs11Uri, pin: SecretBytes): Promise<SlotToken>;
  /** A variable of the environment. */
  variable(name: string): string | undefined;
}
