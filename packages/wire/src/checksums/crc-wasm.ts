import { CRC32C_POLYNOMIAL, CRC64NVME_POLYNOMIAL, slicingTables } from "./crc-tables.ts";
import {
  assembleModule,
  type Code,
  get,
  I32,
  I64,
  i32,
  i32Add,
  i32And,
  i32GeU,
  i32Load,
  i32Load8U,
  i32Shl,
  i32ShrU,
  i32Sub,
  i32WrapI64,
  i32Xor,
  i64,
  i64Load,
  i64Load8U,
  i64ShrU,
  i64Xor,
  set,
  type WasmFunction,
  whileLoop,
} from "./wasm-assembler.ts";

const SLICES = 16;
const CRC64_TABLES = 0;
const CRC32C_TABLES = CRC64_TABLES + SLICES * 256 * 8;
/** Eight tables that carry a CRC over one stripe of zero bytes. */
const SHIFT_TABLES = CRC32C_TABLES + SLICES * 256 * 4;
const INPUT = 65_536;
/** Each step of a CRC waits for the one before: four stripes of a block go side by side and are joined at the end. */
const STRIPES = 4;
const STRIPE_SIZE_BYTES = 4096;
const BLOCK_SIZE_BYTES = STRIPES * STRIPE_SIZE_BYTES;
/** Fewer tables for each stripe, so that those of all four stay in the first cache. */
const STRIPE_SLICES = 8;
const INPUT_SIZE_BYTES = 2 * 65_536;
const PAGES = (INPUT + INPUT_SIZE_BYTES) / 65_536;

// Locals of both functions.
const AT = 0;
const SIZE = 1;
const CRC = 2;
const FIRST = 3;
const SECOND = 4;

/** The part of the platform's interface used here; Node's types leave it to those of browsers. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: Readonly<Record<string, unknown>> };
  readonly Memory: new (size: { initial: number }) => { readonly buffer: ArrayBuffer };
};

interface CrcModule {
  readonly input: Uint8Array;
  crc64(at: number, sizeBytes: number, crc: bigint): bigint;
  /** One block of `BLOCK_SIZE_BYTES`. */
  crc64Block(at: number, crc: bigint): bigint;
  crc32c(at: number, sizeBytes: number, crc: number): number;
}

let loaded: CrcModule | undefined;

/** One module for the process: a call runs to its end before another begins, so the input area is never shared. */
function crcModule(): CrcModule {
  loaded ??= load();
  return loaded;
}

function load(): CrcModule {
  const bytes = assembleModule([crc64Function(), crc64BlockFunction(), crc32cFunction()], PAGES);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes));
  const { memory, crc64, crc64Block, crc32c } = exports;
  if (
    !(memory instanceof WebAssembly.Memory) ||
    typeof crc64 !== "function" ||
    typeof crc64Block !== "function" ||
    typeof crc32c !== "function"
  ) {
    throw new TypeError("the checksum module lacks an export");
  }
  const space = new Uint8Array(memory.buffer);
  space.set(slicingTables(CRC64NVME_POLYNOMIAL, 8, SLICES), CRC64_TABLES);
  space.set(slicingTables(CRC32C_POLYNOMIAL, 4, SLICES), CRC32C_TABLES);
  fillShiftTables(space, crc64 as CrcModule["crc64"]);
  return {
    input: space.subarray(INPUT, INPUT + INPUT_SIZE_BYTES),
    crc64: crc64 as CrcModule["crc64"],
    crc64Block: crc64Block as CrcModule["crc64Block"],
    crc32c: crc32c as CrcModule["crc32c"],
  };
}

/** Slicing by 16: sixteen bytes a round, a table for each place. */
function crc64Function(): WasmFunction {
  const lookup = (word: number, place: number): Code => {
    const slice = SLICES - 1 - (word === FIRST ? place : place + 8);
    const shifted = place === 0 ? [get(word), i64(3), 0x86] : i64ShrU(get(word), i64(8 * place - 3));
    return i64Load(i32And(i32WrapI64(shifted), i32(0x7f8)), CRC64_TABLES + slice * 2048);
  };
  const round: Code = [
    set(FIRST, i64Xor(i64Load(get(AT)), get(CRC))),
    set(SECOND, i64Load(get(AT), 8)),
    set(
      CRC,
      xorAll(
        i64Xor,
        [0, 1, 2, 3, 4, 5, 6, 7].flatMap((place) => [lookup(FIRST, place), lookup(SECOND, place)]),
      ),
    ),
    advance(16),
  ];
  const index = i32Shl(i32And(i32WrapI64(i64Xor(get(CRC), i64Load8U(get(AT)))), i32(0xff)), i32(3));
  const single: Code = [
    set(CRC, i64Xor(i64Load(index, CRC64_TABLES), i64ShrU(get(CRC), i64(8)))),
    advance(1),
  ];
  return {
    name: "crc64",
    parameters: [I32, I32, I64],
    result: I64,
    locals: [I64, I64],
    body: [whileLoop(atLeast(16), round), whileLoop(atLeast(1), single), get(CRC)],
  };
}

/** What a stripe of zero bytes makes of each bit of a CRC, asked of the CRC itself; what it makes of a byte follows. */
function fillShiftTables(space: Uint8Array, crc64: CrcModule["crc64"]): void {
  const tables = new DataView(space.buffer, SHIFT_TABLES, 8 * 256 * 8);
  space.fill(0, INPUT, INPUT + STRIPE_SIZE_BYTES);
  for (let place = 0; place < 8; place++) {
    const bits = Array.from({ length: 8 }, (_, bit) =>
      crc64(INPUT, STRIPE_SIZE_BYTES, BigInt.asIntN(64, 1n << BigInt(8 * place + bit))),
    );
    for (let byte = 0; byte < 256; byte++) {
      let shifted = 0n;
      for (const [bit, of] of bits.entries()) if ((byte >> bit) & 1) shifted ^= of;
      tables.setBigInt64((place * 256 + byte) * 8, shifted, true);
    }
  }
}

/** Four stripes side by side, slicing by 8. Locals: the place, the CRC, then a CRC and a word for each stripe, the end. */
function crc64BlockFunction(): WasmFunction {
  const END = 2;
  const crcOf = (stripe: number): number => 3 + 2 * stripe;
  const wordOf = (stripe: number): number => 4 + 2 * stripe;
  const stripes = Array.from({ length: STRIPES }, (_, stripe) => stripe);
  const lookup = (local: number, place: number, tables: number, slice: number): Code => {
    const shifted = place === 0 ? [get(local), i64(3), 0x86] : i64ShrU(get(local), i64(8 * place - 3));
    return i64Load(i32And(i32WrapI64(shifted), i32(0x7f8)), tables + slice * 2048);
  };
  const places = [0, 1, 2, 3, 4, 5, 6, 7];
  const round: Code = [
    ...stripes.map((stripe) =>
      set(wordOf(stripe), i64Xor(i64Load(get(AT), stripe * STRIPE_SIZE_BYTES), get(crcOf(stripe)))),
    ),
    ...stripes.map((stripe) =>
      set(
        crcOf(stripe),
        xorAll(
          i64Xor,
          places.map((place) => lookup(wordOf(stripe), place, CRC64_TABLES, STRIPE_SLICES - 1 - place)),
        ),
      ),
    ),
    set(AT, i32Add(get(AT), i32(STRIPE_SLICES))),
  ];
  const join = (stripe: number): Code =>
    set(
      crcOf(0),
      i64Xor(
        xorAll(
          i64Xor,
          places.map((place) => lookup(crcOf(0), place, SHIFT_TABLES, place)),
        ),
        get(crcOf(stripe)),
      ),
    );
  return {
    name: "crc64Block",
    parameters: [I32, I64],
    result: I64,
    locals: [I32, ...stripes.flatMap(() => [I64, I64])],
    body: [
      set(END, i32Add(get(AT), i32(STRIPE_SIZE_BYTES))),
      set(crcOf(0), get(1)),
      whileLoop(i32GeU(i32Sub(get(END), get(AT)), i32(1)), round),
      stripes.slice(1).map(join),
      get(crcOf(0)),
    ],
  };
}

function crc32cFunction(): WasmFunction {
  const lookup = (word: number, place: number): Code => {
    const slice = SLICES - 1 - (word === FIRST ? place : place + 8);
    const shifted = place === 0 ? [get(word), i64(2), 0x86] : i64ShrU(get(word), i64(8 * place - 2));
    return i32Load(i32And(i32WrapI64(shifted), i32(0x3fc)), CRC32C_TABLES + slice * 1024);
  };
  const extendU = 0xad;
  const round: Code = [
    set(FIRST, i64Xor(i64Load(get(AT)), [get(CRC), extendU])),
    set(SECOND, i64Load(get(AT), 8)),
    set(
      CRC,
      xorAll(
        i32Xor,
        [0, 1, 2, 3, 4, 5, 6, 7].flatMap((place) => [lookup(FIRST, place), lookup(SECOND, place)]),
      ),
    ),
    advance(16),
  ];
  const index = i32Shl(i32And(i32Xor(get(CRC), i32Load8U(get(AT))), i32(0xff)), i32(2));
  const single: Code = [
    set(CRC, i32Xor(i32Load(index, CRC32C_TABLES), i32ShrU(get(CRC), i32(8)))),
    advance(1),
  ];
  return {
    name: "crc32c",
    parameters: [I32, I32, I32],
    result: I32,
    locals: [I64, I64],
    body: [whileLoop(atLeast(16), round), whileLoop(atLeast(1), single), get(CRC)],
  };
}

function atLeast(sizeBytes: number): Code {
  return i32GeU(get(SIZE), i32(sizeBytes));
}

function advance(sizeBytes: number): Code {
  return [set(AT, i32Add(get(AT), i32(sizeBytes))), set(SIZE, i32Sub(get(SIZE), i32(sizeBytes)))];
}

function xorAll(xor: (...operands: Code[]) => Code, terms: readonly Code[]): Code {
  return terms.reduce((left, right) => xor(left, right));
}

const ALL_ONES_64 = 0xffff_ffff_ffff_ffffn;

export function createCrc64Nvme(): { update(bytes: Uint8Array): void; digest(): Buffer } {
  let crc = ALL_ONES_64;
  return {
    update(bytes) {
      const { input, crc64, crc64Block } = crcModule();
      for (let at = 0; at < bytes.length; at += INPUT_SIZE_BYTES) {
        const slice = bytes.length <= INPUT_SIZE_BYTES ? bytes : bytes.subarray(at, at + INPUT_SIZE_BYTES);
        input.set(slice);
        let done = 0;
        for (; done + BLOCK_SIZE_BYTES <= slice.length; done += BLOCK_SIZE_BYTES) {
          crc = crc64Block(INPUT + done, crc);
        }
        if (done < slice.length) crc = crc64(INPUT + done, slice.length - done, crc);
      }
    },
    digest() {
      const digest = Buffer.alloc(8);
      digest.writeBigUInt64BE(BigInt.asUintN(64, crc) ^ ALL_ONES_64);
      return digest;
    },
  };
}

export function createCrc32c(): { update(bytes: Uint8Array): void; digest(): Buffer } {
  let crc = 0xffff_ffff;
  return {
    update(bytes) {
      const { input, crc32c } = crcModule();
      for (let at = 0; at < bytes.length; at += INPUT_SIZE_BYTES) {
        const slice = bytes.length <= INPUT_SIZE_BYTES ? bytes : bytes.subarray(at, at + INPUT_SIZE_BYTES);
        input.set(slice);
        crc = crc32c(INPUT, slice.length, crc);
      }
    },
    digest() {
      const digest = Buffer.alloc(4);
      digest.writeUInt32BE((crc ^ 0xffff_ffff) >>> 0);
      return digest;
    },
  };
}
