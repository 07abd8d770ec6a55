// The RSA wrappings of old clients, from RSA without padding: the platform's own unpadding either tells too much by its
// errors (PKCS#1 v1.5), or cannot be told to use two hashes (OAEP with SHA-256 whose mask uses SHA-1).
import { type Bytes, concat, EMPTY } from "../bytes.ts";
import { chooseOrSubstitute, DATA_KEY_BYTES, type DecryptedDataKey } from "./keyring.ts";

const SHA1_BYTES = 20;
const SHA256_BYTES = 32;
const MIN_PADDING_BYTES = 8;
const DATA_KEY_SIZES = [16, 24, DATA_KEY_BYTES];

/**
 * `00 02 ‖ at least 8 bytes that are not 0 ‖ 00 ‖ data key` (RFC 8017 §7.2.2). Whatever is wrong with the padding gives
 * a substitute, after the same work: no branch and no index depends on the bytes.
 */
export function unpadPkcs1(padded: Bytes): DecryptedDataKey {
  const chosen = crypto.getRandomValues(new Uint8Array(DATA_KEY_BYTES));
  let chosenSize = 0;
  for (const size of DATA_KEY_SIZES) {
    const dataKeyAt = padded.length - size;
    const separatorAt = dataKeyAt - 1;
    if (separatorAt < 2 + MIN_PADDING_BYTES) continue;
    let wrong = (padded[0] ?? 0) | ((padded[1] ?? 0) ^ 2) | (padded[separatorAt] ?? 0);
    for (let at = 2; at < separatorAt; at++) wrong |= isZeroMask(padded[at] ?? 0);
    const take = isZeroMask(wrong);
    chosenSize |= take & size;
    for (let at = 0; at < size; at++)
      chosen[at] = ((chosen[at] ?? 0) & ~take) | ((padded[dataKeyAt + at] ?? 0) & take);
  }
  const isSubstitute = chosenSize === 0;
  return { dataKey: chosen.slice(0, isSubstitute ? DATA_KEY_BYTES : chosenSize), isSubstitute };
}

/** RFC 8017 §7.1.2 with SHA-256 for the label and SHA-1 for the mask: what Java's default means by its long name. */
export async function unpadLegacyOaep(padded: Bytes): Promise<DecryptedDataKey> {
  const maskedSeed = padded.subarray(1, 1 + SHA256_BYTES);
  const maskedBlock = padded.subarray(1 + SHA256_BYTES);
  const seed = xor(maskedSeed, await mgf1Sha1(maskedBlock, SHA256_BYTES));
  const block = xor(maskedBlock, await mgf1Sha1(seed, maskedBlock.length));
  const label = new Uint8Array(await crypto.subtle.digest("SHA-256", EMPTY));
  let wrong = padded[0] ?? 0;
  for (let at = 0; at < SHA256_BYTES; at++) wrong |= (block[at] ?? 0) ^ (label[at] ?? 0);
  // Zeros, then a one, then the data key: the position of the one is found without stopping at it.
  let separatorAt = 0;
  let isBefore = 0xff;
  for (let at = SHA256_BYTES; at < block.length; at++) {
    const isOne = isZeroMask((block[at] ?? 0) ^ 1);
    separatorAt |= at & -(isBefore & isOne & 1);
    wrong |= isBefore & ~isOne & (block[at] ?? 0);
    isBefore &= ~isOne;
  }
  wrong |= isBefore;
  return chooseOrSubstitute(wrong === 0 ? block.slice(separatorAt + 1) : null);
}

/** 0xff for zero, else 0. */
function isZeroMask(byte: number): number {
  return ((byte - 1) >> 8) & 0xff;
}

async function mgf1Sha1(seed: Bytes, length: number): Promise<Bytes> {
  const parts: Bytes[] = [];
  for (let count = 0; count * SHA1_BYTES < length; count++) {
    const counter = Uint8Array.of(count >>> 24, count >>> 16, count >>> 8, count);
    parts.push(new Uint8Array(await crypto.subtle.digest("SHA-1", concat([seed, counter]))));
  }
  return concat(parts).slice(0, length);
}

function xor(left: Bytes, right: Bytes): Bytes {
  return left.map((byte, at) => byte ^ (right[at] ?? 0));
}
