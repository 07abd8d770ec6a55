import type { SecretBytes } from "@strongroom/base";
import { EnvelopeError } from "../envelope-error.ts";
import type { EncryptedDataKey, EncryptionContext, Keyring } from "../keyring.ts";

/** A keyring that can wrap a data key it did not make. */
export interface DataKeyEncrypter {
  encryptDataKey(plaintext: SecretBytes, context: EncryptionContext): Promise<EncryptedDataKey>;
}

/**
 * Wraps the same data key anew: under a newer master key, another keyring, or another context. The sealed data is
 * not touched, since its payload key hangs on the data key alone. The two contexts differ only when what they name
 * differs (the scheme or the KMS key). Throws Malformed when `from` did not wrap the key, and what `from` throws.
 */
export async function rewrapDataKey(
  encrypted: EncryptedDataKey,
  from: { readonly keyring: Keyring; readonly context: EncryptionContext },
  to: { readonly keyring: DataKeyEncrypter; readonly context: EncryptionContext },
): Promise<EncryptedDataKey> {
  const plaintext = await from.keyring.decryptDataKey(encrypted, from.context);
  if (plaintext === null) {
    throw new EnvelopeError("Malformed", "the data key was not wrapped by the keyring it is read with");
  }
  try {
    return await to.keyring.encryptDataKey(plaintext, to.context);
  } finally {
    plaintext.wipe();
  }
}
