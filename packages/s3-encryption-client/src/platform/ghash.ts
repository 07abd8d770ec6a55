// GHASH of NIST SP 800-38D §6.4, for browsers: WebCrypto's AES-GCM cannot stream, its AES-CTR can, and this is the
// difference between the two. Four bits at a time over a table of multiples of H (Shoup's method).
// The table look-ups depend on secret data; see the README on what that means and when this code runs at all.

const BLOCK = 16;
/** x^128 mod the field's polynomial, for the four bits that fall out on the right. */
const REDUCTION = Uint32Array.from(
  { length: 16 },
  (_, bits) =>
    [0, 1, 2, 3].reduce((sum, bit) => ((bits >> bit) & 1 ? sum ^ (0xe100 >>> (3 - bit)) : sum), 0) << 16,
);

/** Takes bytes in any pieces, and pads at the borders GCM pads at. */
export class Ghash {
  readonly #table = new Uint32Array(16 * 4);
  readonly #y = new Uint32Array(4);
  readonly #pending = new Uint8Array(BLOCK);
  #pendingBytes = 0;

  /** `h` is the block cipher of sixteen zero bytes. */
  constructor(h: Uint8Array) {
    const view = new DataView(h.buffer, h.byteOffset, BLOCK);
    this.#table.set([view.getUint32(0), view.getUint32(4), view.getUint32(8), view.getUint32(12)], 8 * 4);
    for (let entry = 4; entry >= 1; entry >>= 1) this.#halve(entry * 2, entry);
    for (let high = 2; high < 16; high <<= 1) {
      for (let low = 1; low < high; low++) {
        for (let word = 0; word < 4; word++) {
          this.#table[(high + low) * 4 + word] =
            (this.#table[high * 4 + word] ?? 0) ^ (this.#table[low * 4 + word] ?? 0);
        }
      }
    }
  }

  update(data: Uint8Array): void {
    let at = 0;
    if (this.#pendingBytes > 0) {
      at = Math.min(BLOCK - this.#pendingBytes, data.length);
      this.#pending.set(data.subarray(0, at), this.#pendingBytes);
      this.#pendingBytes += at;
      if (this.#pendingBytes < BLOCK) return;
      this.#blocks(this.#pending, 0, BLOCK);
      this.#pendingBytes = 0;
    }
    const end = at + Math.floor((data.length - at) / BLOCK) * BLOCK;
    this.#blocks(data, at, end);
    this.#pending.set(data.subarray(end));
    this.#pendingBytes = data.length - end;
  }

  /** Zeros up to the next whole block. */
  pad(): void {
    if (this.#pendingBytes === 0) return;
    this.#pending.fill(0, this.#pendingBytes);
    this.#blocks(this.#pending, 0, BLOCK);
    this.#pendingBytes = 0;
  }

  /** The sum after a last block with both lengths in bits. */
  digest(additionalDataBytes: number, ciphertextBytes: number): Uint8Array<ArrayBuffer> {
    this.pad();
    const lengths = new DataView(new ArrayBuffer(BLOCK));
    lengths.setBigUint64(0, BigInt(additionalDataBytes) * 8n);
    lengths.setBigUint64(8, BigInt(ciphertextBytes) * 8n);
    this.#blocks(new Uint8Array(lengths.buffer), 0, BLOCK);
    const sum = new DataView(new ArrayBuffer(BLOCK));
    this.#y.forEach((word, at) => {
      sum.setUint32(at * 4, word);
    });
    return new Uint8Array(sum.buffer);
  }

  /** table[to] = table[from] · x */
  #halve(from: number, to: number): void {
    const [a = 0, b = 0, c = 0, d = 0] = this.#table.subarray(from * 4, from * 4 + 4);
    const carry = d & 1 ? 0xe1000000 : 0;
    this.#table.set(
      [(a >>> 1) ^ carry, (b >>> 1) | (a << 31), (c >>> 1) | (b << 31), (d >>> 1) | (c << 31)],
      to * 4,
    );
  }

  #blocks(data: Uint8Array, from: number, to: number): void {
    const table = this.#table;
    let [y0 = 0, y1 = 0, y2 = 0, y3 = 0] = this.#y;
    for (let at = from; at < to; at += BLOCK) {
      y0 ^= word(data, at);
      y1 ^= word(data, at + 4);
      y2 ^= word(data, at + 8);
      y3 ^= word(data, at + 12);
      let z0 = 0;
      let z1 = 0;
      let z2 = 0;
      let z3 = 0;
      for (let index = 3; index >= 0; index--) {
        const bits = index === 3 ? y3 : index === 2 ? y2 : index === 1 ? y1 : y0;
        for (let shift = 0; shift < 32; shift += 4) {
          const out = z3 & 15;
          z3 = (z3 >>> 4) | (z2 << 28);
          z2 = (z2 >>> 4) | (z1 << 28);
          z1 = (z1 >>> 4) | (z0 << 28);
          z0 = (z0 >>> 4) ^ (REDUCTION[out] ?? 0);
          const entry = ((bits >>> shift) & 15) << 2;
          z0 ^= table[entry] ?? 0;
          z1 ^= table[entry + 1] ?? 0;
          z2 ^= table[entry + 2] ?? 0;
          z3 ^= table[entry + 3] ?? 0;
        }
      }
      y0 = z0;
      y1 = z1;
      y2 = z2;
      y3 = z3;
    }
    this.#y.set([y0, y1, y2, y3]);
  }
}

function word(data: Uint8Array, at: number): number {
  return (
    ((data[at] ?? 0) << 24) | ((data[at + 1] ?? 0) << 16) | ((data[at + 2] ?? 0) << 8) | (data[at + 3] ?? 0)
  );
}
