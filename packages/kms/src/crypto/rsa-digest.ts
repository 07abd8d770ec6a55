import {
  constants,
  createHash,
  type KeyObject,
  privateEncrypt,
  publicDecrypt,
  randomBytes,
  timingSafeEqual,
} from "node:crypto";

/** Hashes of RSA signatures: size and the start of their DigestInfo (RFC 8017 §9.2, note 1). */
const DIGEST_INFO = {
  sha256: "3031300d060960864801650304020105000420",
  sha384: "3041300d060960864801650304020205000430",
  sha512: "3051300d060960864801650304020305000440",
} as const;
export type RsaHash = keyof typeof DIGEST_INFO;

/** RSASSA-PKCS1-v1_5 over a digest that was made elsewhere. */
export function signDigestPkcs1(privateKey: KeyObject, hash: RsaHash, digest: Uint8Array): Buffer {
  return privateEncrypt({ key: privateKey, padding: constants.RSA_PKCS1_PADDING }, digestInfo(hash, digest));
}

export function verifyDigestPkcs1(
  publicKey: KeyObject,
  hash: RsaHash,
  digest: Uint8Array,
  signature: Buffer,
): boolean {
  const opened = openSignature(publicKey, signature, constants.RSA_PKCS1_PADDING);
  const wanted = digestInfo(hash, digest);
  return opened !== null && opened.length === wanted.length && timingSafeEqual(opened, wanted);
}

/** RSASSA-PSS over a digest, with a salt as long as the digest (RFC 8017 §8.1.1, §9.1.1). */
export function signDigestPss(privateKey: KeyObject, hash: RsaHash, digest: Uint8Array): Buffer {
  const bits = privateKey.asymmetricKeyDetails?.modulusLength ?? 0;
  const sizeBytes = bits / 8;
  const salt = randomBytes(digest.length);
  const h = hashOf(hash, Buffer.alloc(8), digest, salt);
  const block = Buffer.alloc(sizeBytes - h.length - 1);
  block[block.length - salt.length - 1] = 1;
  block.set(salt, block.length - salt.length);
  xorMask(block, hash, h);
  block[0] = (block[0] ?? 0) & 0x7f;
  const encoded = Buffer.concat([block, h, Buffer.of(0xbc)]);
  return privateEncrypt({ key: privateKey, padding: constants.RSA_NO_PADDING }, encoded);
}

/** RFC 8017 §8.1.2, §9.1.2. */
export function verifyDigestPss(
  publicKey: KeyObject,
  hash: RsaHash,
  digest: Uint8Array,
  signature: Buffer,
): boolean {
  const encoded = openSignature(publicKey, signature, constants.RSA_NO_PADDING);
  if (encoded === null || encoded.at(-1) !== 0xbc) return false;
  const block = Buffer.from(encoded.subarray(0, encoded.length - digest.length - 1));
  const h = encoded.subarray(block.length, -1);
  if (((block[0] ?? 0) & 0x80) !== 0) return false;
  xorMask(block, hash, h);
  block[0] = (block[0] ?? 0) & 0x7f;
  const saltStart = block.length - digest.length;
  if (block.subarray(0, saltStart - 1).some((byte) => byte !== 0) || block[saltStart - 1] !== 1) return false;
  return timingSafeEqual(hashOf(hash, Buffer.alloc(8), digest, block.subarray(saltStart)), h);
}

function digestInfo(hash: RsaHash, digest: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(DIGEST_INFO[hash], "hex"), digest]);
}

function openSignature(publicKey: KeyObject, signature: Buffer, padding: number): Buffer | null {
  const bits = publicKey.asymmetricKeyDetails?.modulusLength ?? 0;
  if (signature.length !== bits / 8) return null;
  try {
    return publicDecrypt({ key: publicKey, padding }, signature);
  } catch {
    return null;
  }
}

function hashOf(hash: RsaHash, ...parts: readonly Uint8Array[]): Buffer {
  const running = createHash(hash);
  for (const part of parts) running.update(part);
  return running.digest();
}

/** MGF1 (RFC 8017 §B.2.1), in place. */
function xorMask(block: Buffer, hash: RsaHash, seed: Uint8Array): void {
  const counter = Buffer.alloc(4);
  for (let start = 0, count = 0; start < block.length; count += 1) {
    counter.writeUInt32BE(count);
    const mask = hashOf(hash, seed, counter);
    for (let at = 0; at < mask.length && start + at < block.length; at += 1) {
      block[start + at] = (block[start + at] ?? 0) ^ (mask[at] ?? 0);
    }
    start += mask.length;
  }
}
