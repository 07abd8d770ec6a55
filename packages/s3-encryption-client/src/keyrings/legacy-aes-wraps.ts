// The AES wrappings of old clients: not bound to the content algorithm, so read on opt-in alone.
import { type Bytes, concat, EMPTY } from "../bytes.ts";
import { KeyringError, WrongKeyError } from "../errors.ts";
import type { AesKey } from "./aes-keyring.ts";
import { chooseOrSubstitute, type DecryptedDataKey } from "./keyring.ts";

const BLOCK = 16;

/** RFC 3394 with its default initial value. Throws WrongKeyError. */
export async function unwrapAesKw(key: AesKey, wrapped: Bytes): Promise<Bytes> {
  const wrappingKey = await crypto.subtle.importKey("raw", requireKeyBytes(key), "AES-KW", false, [
    "unwrapKey",
  ]);
  try {
    // WebCrypto unwraps keys only: an HMAC key may have any length, and is given out again as it is.
    const hmac = { name: "HMAC", hash: "SHA-256" };
    const unwrapped = await crypto.subtle.unwrapKey("raw", wrapped, wrappingKey, "AES-KW", hmac, true, [
      "sign",
    ]);
    return new Uint8Array(await crypto.subtle.exportKey("raw", unwrapped));
  } catch {
    throw new WrongKeyError();
  }
}

/**
 * AES-ECB with PKCS#7 padding. WebCrypto has no ECB: CBC decrypts block n to D(Cn) ⊕ C(n-1), so taking the previous
 * ciphertext block off again gives ECB. Wrong padding gives a substitute: telling would make an oracle.
 */
export async function unwrapAesEcb(key: AesKey, wrapped: Bytes): Promise<DecryptedDataKey> {
  if (wrapped.length < BLOCK || wrapped.length % BLOCK !== 0) throw new WrongKeyError();
  const bytes = requireKeyBytes(key);
  const [encryptKey, decryptKey] = await Promise.all([
    crypto.subtle.importKey("raw", bytes, "AES-CBC", false, ["encrypt"]),
    crypto.subtle.importKey("raw", bytes, "AES-CBC", false, ["decrypt"]),
  ]);
  // CBC wants its own padding: one more block that decrypts to it.
  const end = await crypto.subtle.encrypt({ name: "AES-CBC", iv: wrapped.slice(-BLOCK) }, encryptKey, EMPTY);
  const iv = new Uint8Array(BLOCK);
  const input = concat([wrapped, new Uint8Array(end)]);
  const chained = new Uint8Array(await crypto.subtle.decrypt({ name: "AES-CBC", iv }, decryptKey, input));
  const previous = concat([iv, wrapped]);
  return chooseOrSubstitute(removePadding(chained.map((byte, at) => byte ^ (previous[at] ?? 0))));
}

function removePadding(padded: Bytes): Bytes | null {
  const count = padded.at(-1) ?? 0;
  const padding = padded.slice(padded.length - count);
  if (count < 1 || count > BLOCK || !padding.every((byte) => byte === count)) return null;
  return padded.slice(0, padded.length - count);
}

function requireKeyBytes(key: AesKey): Bytes {
  if (!(key instanceof Uint8Array))
    throw new KeyringError(
      "The legacy AES wrappings need the key's bytes: a WebCrypto key for AES-GCM cannot unwrap them",
    );
  return key.slice();
}
