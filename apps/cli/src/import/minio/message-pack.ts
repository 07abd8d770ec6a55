import { damaged } from "../import-error.ts";

export type PackedValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Buffer
  | readonly PackedValue[]
  | ReadonlyMap<string, PackedValue>;

/** Deeper than anything that is read here. */
const MAX_DEPTH = 8;

/**
 * Reads MessagePack (msgpack.org, the 2013 specification) values one after the other. Integers beyond 2^53 are bigints, maps have
 * text keys, binary values share memory with the input. Extension values are passed over and are null; floats do not occur in what
 * is read here. Throws ImportError "Damaged" for anything that does not parse.
 */
export class MessagePackReader {
  readonly #bytes: Buffer;
  #offset = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** What was not read yet. */
  get rest(): Buffer {
    return this.#bytes.subarray(this.#offset);
  }

  next(depth = 0): PackedValue {
    if (depth > MAX_DEPTH) throw damaged("MessagePack values are nested too deep");
    const type = this.#unsigned(1);
    if (type < 0x80) return type;
    if (type < 0x90) return this.#map(type & 0x0f, depth);
    if (type < 0xa0) return this.#array(type & 0x0f, depth);
    if (type < 0xc0) return this.#take(type & 0x1f).toString("utf8");
    if (type >= 0xe0) return type - 0x100;
    return this.#tagged(type, depth);
  }

  #tagged(type: number, depth: number): PackedValue {
    switch (type) {
      case 0xc0:
        return null;
      case 0xc2:
      case 0xc3:
        return type === 0xc3;
      case 0xc4:
      case 0xc5:
      case 0xc6:
        return this.#take(this.#unsigned(1 << (type - 0xc4)));
      case 0xc7: {
        const sizeBytes = this.#unsigned(1);
        this.#take(1 + sizeBytes);
        return null;
      }
      case 0xd4:
      case 0xd5:
      case 0xd6:
      case 0xd7:
      case 0xd8:
        this.#take(1 + (1 << (type - 0xd4)));
        return null;
      case 0xcc:
      case 0xcd:
      case 0xce:
        return this.#unsigned(1 << (type - 0xcc));
      case 0xcf:
        return narrow(this.#take(8).readBigUInt64BE());
      case 0xd0:
      case 0xd1:
      case 0xd2: {
        const sizeBytes = 1 << (type - 0xd0);
        return this.#take(sizeBytes).readIntBE(0, sizeBytes);
      }
      case 0xd3:
        return narrow(this.#take(8).readBigInt64BE());
      case 0xd9:
      case 0xda:
      case 0xdb:
        return this.#take(this.#unsigned(1 << (type - 0xd9))).toString("utf8");
      case 0xdc:
      case 0xdd:
        return this.#array(this.#unsigned(type === 0xdc ? 2 : 4), depth);
      case 0xde:
      case 0xdf:
        return this.#map(this.#unsigned(type === 0xde ? 2 : 4), depth);
      default:
        throw damaged(`MessagePack type 0x${type.toString(16)} is not expected`);
    }
  }

  #array(length: number, depth: number): readonly PackedValue[] {
    // Each element is at least a byte: a length that lies is found before memory is taken for it.
    if (length > this.rest.length) throw damaged("a MessagePack list is cut off");
    return Array.from({ length }, () => this.next(depth + 1));
  }

  #map(length: number, depth: number): ReadonlyMap<string, PackedValue> {
    if (length * 2 > this.rest.length) throw damaged("a MessagePack map is cut off");
    const map = new Map<string, PackedValue>();
    for (let at = 0; at < length; at++) {
      const name = this.next(depth + 1);
      if (typeof name !== "string") throw damaged("a MessagePack map has a name that is no text");
      map.set(name, this.next(depth + 1));
    }
    return map;
  }

  #unsigned(sizeBytes: number): number {
    return this.#take(sizeBytes).readUIntBE(0, sizeBytes);
  }

  #take(sizeBytes: number): Buffer {
    const end = this.#offset + sizeBytes;
    if (end > this.#bytes.length) throw damaged("a MessagePack value is cut off");
    const taken = this.#bytes.subarray(this.#offset, end);
    this.#offset = end;
    return taken;
  }
}

function narrow(value: bigint): number | bigint {
  const small = Number(value);
  return Number.isSafeInteger(small) ? small : value;
}
