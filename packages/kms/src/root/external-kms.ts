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

/** What opening a slot may need of the world outside the data folder. */
export interface SlotAccess {
  /** Made only when a slot needs it. */
  kms(): Promise<ExternalKms>;
  /** A variable of the environment. */
  variable(name: string): string | undefined;
}
