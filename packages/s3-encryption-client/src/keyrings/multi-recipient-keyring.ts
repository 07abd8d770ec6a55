import { ConfigurationError, WrongKeyError } from "../errors.ts";
import {
  canDecrypt,
  canEncrypt,
  type DecryptDataKeyRequest,
  type DecryptedDataKey,
  type DecryptionKeyring,
  type EncryptionKeyring,
  type GenerateDataKeyRequest,
  type GeneratedDataKey,
} from "./keyring.ts";

export interface MultiRecipientKeyringOptions {
  /**
   * Each gets a wrapping of the same data key. The first one's is where every client looks; the others' are an extension
   * of this library, read by clients with `enableMultipleRecipients`.
   */
  readonly keyrings: readonly (EncryptionKeyring | DecryptionKeyring)[];
}

/**
 * An object that several keys open. Only with format 3: its commitment is what keeps two recipients from being given
 * different plaintexts.
 */
export class MultiRecipientKeyring implements EncryptionKeyring, DecryptionKeyring {
  readonly #keyrings: MultiRecipientKeyringOptions["keyrings"];

  constructor({ keyrings }: MultiRecipientKeyringOptions) {
    if (keyrings.length === 0) throw new ConfigurationError("A multi-recipient keyring needs a keyring");
    this.#keyrings = keyrings;
  }

  async generateDataKey(request: GenerateDataKeyRequest): Promise<GeneratedDataKey> {
    const [first, ...others] = this.#keyrings.filter(canEncrypt);
    if (first === undefined || others.length + 1 < this.#keyrings.length)
      throw new ConfigurationError(
        "Every keyring of a multi-recipient keyring must be able to wrap, to write with it",
      );
    const generated = await first.generateDataKey(request);
    const otherRecipients: GeneratedDataKey[] = [];
    for (const other of others)
      otherRecipients.push(await other.generateDataKey({ ...request, dataKey: generated.dataKey }));
    return {
      ...generated,
      otherRecipients: otherRecipients.map(({ dataKey, ...wrapped }) => {
        dataKey.fill(0);
        return wrapped;
      }),
    };
  }

  /** The first keyring that unwraps it decides. */
  async decryptDataKey(request: DecryptDataKeyRequest): Promise<DecryptedDataKey | null> {
    let wrong: WrongKeyError | null = null;
    for (const keyring of this.#keyrings.filter(canDecrypt)) {
      try {
        const decrypted = await keyring.decryptDataKey(request);
        if (decrypted !== null) return decrypted;
      } catch (error) {
        if (!(error instanceof WrongKeyError)) throw error;
        wrong = error;
      }
    }
    if (wrong !== null) throw wrong;
    return null;
  }
}
