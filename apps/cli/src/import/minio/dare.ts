import { createDecipheriv, type KeyObject } from "node:crypto";
import { damaged, unsupported } from "../import-error.ts";

/** DARE 2.0 (docs/format/minio-folder.md §4): packages of a header, up to 64 KiB of ciphertext, and a tag. */
const HEADER_BYTES = 16;
const TAG_BYTES = 16;
const MAX_PAYLOAD_BYTES = 64 * 1024;
const VERSION_2 = 0x20;
const CIPHERS = ["aes-256-gcm", "chacha20-poly1305"] as const;

/** Stored size of a body of `sizeBytes`; a body of nothing has no package. */
export function dareSizeBytes(sizeBytes: number): number {
  return sizeBytes + Math.ceil(sizeBytes / MAX_PAYLOAD_BYTES) * (HEADER_BYTES + TAG_BYTES);
}

/**
 * Opens a sequence of packages. Each one's payload leaves only after its tag verified; order, and the mark of the last one, are
 * checked as well, so that nothing can be cut off, moved or added. Throws ImportError "Damaged" with the number of the package.
 */
export async function* openDare(stored: AsyncIterable<Uint8Array>, key: KeyObject): AsyncGenerator<Buffer> {
  let held: Buffer = Buffer.alloc(0);
  const opener = new PackageOpener(key);
  for await (const bytes of stored) {
    held =
      held.length === 0
        ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
        : Buffer.concat([held, bytes]);
    for (let size = packageBytes(held); size !== null && size <= held.length; size = packageBytes(held)) {
      yield opener.open(held.subarray(0, size));
      held = held.subarray(size);
    }
  }
  if (held.length > 0) throw damaged(`package ${opener.opened} is cut off`);
  opener.requireEnd();
}

/** The same for a body that is at hand as a whole. */
export function openDareBytes(stored: Buffer, key: KeyObject): Buffer {
  const opener = new PackageOpener(key);
  const payloads: Buffer[] = [];
  for (let rest = stored; rest.length > 0; ) {
    const size = packageBytes(rest);
    if (size === null || size > rest.length) throw damaged(`package ${opener.opened} is cut off`);
    payloads.push(opener.open(rest.subarray(0, size)));
    rest = rest.subarray(size);
  }
  opener.requireEnd();
  return Buffer.concat(payloads);
}

/** Size of the package that `bytes` begin with; null while its header is not all there. */
function packageBytes(bytes: Buffer): number | null {
  if (bytes.length < HEADER_BYTES) return null;
  return HEADER_BYTES + bytes.readUInt16LE(2) + 1 + TAG_BYTES;
}

function startDecipher(cipher: (typeof CIPHERS)[number], key: KeyObject, nonce: Buffer) {
  const options = { authTagLength: TAG_BYTES };
  return cipher === "aes-256-gcm"
    ? createDecipheriv(cipher, key, nonce, options)
    : createDecipheriv(cipher, key, nonce, options);
}

class PackageOpener {
  readonly #key: KeyObject;
  #shared: Buffer | null = null;
  #isEnded = false;
  opened = 0;

  constructor(key: KeyObject) {
    this.#key = key;
  }

  open(bytes: Buffer): Buffer {
    if (this.#isEnded) throw damaged(`there is a package ${this.opened} after the last one`);
    const [version, cipher] = [bytes.readUInt8(0), CIPHERS[bytes.readUInt8(1)]];
    if (version === 0x10) throw unsupported("DARE 1.0, which MinIO wrote before 2018");
    if (version !== VERSION_2 || cipher === undefined)
      throw damaged(`package ${this.opened} has no DARE 2.0 header`);
    const nonce = this.#nonceOf(bytes.subarray(4, HEADER_BYTES));
    const decipher = startDecipher(cipher, this.#key, nonce);
    decipher.setAAD(bytes.subarray(0, 4), { plaintextLength: bytes.length - HEADER_BYTES - TAG_BYTES });
    decipher.setAuthTag(bytes.subarray(bytes.length - TAG_BYTES));
    try {
      const payload = decipher.update(bytes.subarray(HEADER_BYTES, bytes.length - TAG_BYTES));
      decipher.final();
      this.opened++;
      return payload;
    } catch (cause) {
      throw damaged(`the tag of package ${this.opened} does not fit`, cause);
    }
  }

  requireEnd(): void {
    if (this.opened > 0 && !this.#isEnded) throw damaged(`the packages after ${this.opened} are missing`);
  }

  /**
   * All headers of a sequence carry one random nonce, its first bit set in the last one; the cipher's differs from it by the
   * package's number, in its last four bytes. So the tag of a package fits at its own place alone.
   */
  #nonceOf(stored: Buffer): Buffer {
    this.#isEnded = (stored.readUInt8(0) & 0x80) !== 0;
    const shared = Buffer.from(stored);
    shared[0] = stored.readUInt8(0) & 0x7f;
    this.#shared ??= shared;
    if (!this.#shared.equals(shared)) throw damaged(`package ${this.opened} belongs to another sequence`);
    const nonce = Buffer.from(stored);
    nonce.writeUInt32LE((nonce.readUInt32LE(8) ^ this.opened) >>> 0, 8);
    return nonce;
  }
}
