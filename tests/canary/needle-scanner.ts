import { closeSync, openSync, readSync } from "node:fs";

/** Bytes that must not be found. At least four of them. */
export interface Needle {
  readonly label: string;
  readonly bytes: Buffer;
}

export interface Hit {
  readonly label: string;
  readonly file: string;
  readonly offset: number;
}

const FILTER_BITS = 1 << 22;
const PIECE_BYTES = 4 << 20;

/** Looks for thousands of needles in one pass: a filter over each four bytes first, the needles only where it says maybe. */
export class NeedleScanner {
  readonly #filter = new Uint8Array(FILTER_BITS / 8);
  readonly #byHead = new Map<number, Needle[]>();
  readonly #longestBytes: number;
  scannedBytes = 0;

  constructor(needles: readonly Needle[]) {
    let longest = 4;
    for (const needle of needles) {
      if (needle.bytes.length < 4) throw new RangeError(`too short to look for: ${needle.label}`);
      longest = Math.max(longest, needle.bytes.length);
      const head = needle.bytes.readUInt32LE(0);
      const slot = slotOf(head);
      this.#filter[slot >>> 3] = (this.#filter[slot >>> 3] ?? 0) | (1 << (slot & 7));
      const others = this.#byHead.get(head);
      if (others === undefined) this.#byHead.set(head, [needle]);
      else others.push(needle);
    }
    this.#longestBytes = longest;
  }

  scanFile(file: string): Hit[] {
    const handle = openSync(file, "r");
    const hits: Hit[] = [];
    try {
      const buffer = Buffer.alloc(PIECE_BYTES + this.#longestBytes);
      let kept = 0;
      let position = 0;
      for (;;) {
        const count = readSync(handle, buffer, kept, PIECE_BYTES, position);
        if (count === 0) return hits;
        const base = position - kept;
        // What starts in the kept tail was only looked at as far as it went: it is looked at again, whole.
        hits.push(...this.scanBytes(buffer.subarray(0, kept + count), file, base));
        position += count;
        this.scannedBytes += count;
        kept = Math.min(kept + count, this.#longestBytes - 1);
        buffer.copyWithin(0, position - base - kept, position - base);
      }
    } finally {
      closeSync(handle);
    }
  }

  scanBytes(bytes: Buffer, file: string, base = 0): Hit[] {
    const hits: Hit[] = [];
    const last = bytes.length - 4;
    if (last < 0) return hits;
    let head = ((bytes[0] ?? 0) << 8) | ((bytes[1] ?? 0) << 16) | ((bytes[2] ?? 0) << 24);
    for (let at = 0; at <= last; at++) {
      head = (head >>> 8) | ((bytes[at + 3] ?? 0) << 24);
      const slot = slotOf(head);
      if (((this.#filter[slot >>> 3] ?? 0) & (1 << (slot & 7))) === 0) continue;
      for (const needle of this.#byHead.get(head >>> 0) ?? [])
        if (
          bytes.compare(
            needle.bytes,
            0,
            needle.bytes.length,
            at,
            Math.min(at + needle.bytes.length, bytes.length),
          ) === 0
        )
          hits.push({ label: needle.label, file, offset: base + at });
    }
    return hits;
  }
}

const slotOf = (head: number): number => Math.imul(head, 0x9e3779b1) >>> 10;
