/**
 * The few WebAssembly opcodes (core specification 2.0, chapter 5) that the checksum code needs, as bytes. A function body is a
 * nested list of them, flattened once.
 */
export type Code = readonly (number | Code)[];

export const I32 = 0x7f;
export const I64 = 0x7e;
export const V128 = 0x7b;
const EMPTY_BLOCK = 0x40;

export function get(local: number): Code {
  return [0x20, unsignedLeb(local)];
}

export function set(local: number, value: Code): Code {
  return [value, 0x21, unsignedLeb(local)];
}

export function i32(value: number): Code {
  return [0x41, signedLeb(value)];
}

export function i64(value: number): Code {
  return [0x42, signedLeb(value)];
}

/** Applies a one-byte operator to operands already in stack order. */
function operator(opcode: number): (...operands: Code[]) => Code {
  return (...operands) => [...operands, opcode];
}

export const i32Add = operator(0x6a);
export const i32Sub = operator(0x6b);
export const i32And = operator(0x71);
export const i32Or = operator(0x72);
export const i32Xor = operator(0x73);
export const i32Shl = operator(0x74);
export const i32ShrU = operator(0x76);
export const i32Rotl = operator(0x77);
export const i32GeU = operator(0x4f);
export const i64And = operator(0x83);
export const i64Xor = operator(0x85);
export const i64Shl = operator(0x86);
export const i64ShrU = operator(0x88);
export const i32WrapI64 = operator(0xa7);

export function i32Load(address: Code, offset = 0): Code {
  return [address, 0x28, 0, unsignedLeb(offset)];
}

export function i32Load8U(address: Code, offset = 0): Code {
  return [address, 0x2d, 0, unsignedLeb(offset)];
}

export function i32Store(address: Code, value: Code, offset = 0): Code {
  return [address, value, 0x36, 0, unsignedLeb(offset)];
}

export function i64Load(address: Code, offset = 0): Code {
  return [address, 0x29, 0, unsignedLeb(offset)];
}

export function i64Load8U(address: Code, offset = 0): Code {
  return [address, 0x31, 0, unsignedLeb(offset)];
}

export function v128Load(address: Code, offset = 0): Code {
  return [address, 0xfd, 0, 0, unsignedLeb(offset)];
}

export function v128Store(address: Code, value: Code, offset = 0): Code {
  return [address, value, 0xfd, 11, 0, unsignedLeb(offset)];
}

export function v128Xor(a: Code, b: Code): Code {
  return [a, b, 0xfd, unsignedLeb(81)];
}

/** Repeats `body` as long as `condition` holds. */
export function whileLoop(condition: Code, body: Code): Code {
  const leaveUnlessTrue: Code = [condition, 0x45, 0x0d, 1];
  return [0x02, EMPTY_BLOCK, 0x03, EMPTY_BLOCK, leaveUnlessTrue, body, 0x0c, 0, 0x0b, 0x0b];
}

export interface WasmFunction {
  readonly name: string;
  readonly parameters: readonly number[];
  readonly result: number | null;
  /** Types of the locals that follow the parameters. */
  readonly locals: readonly number[];
  readonly body: Code;
}

/** A module with one exported memory of fixed size, called `memory`, and the functions, each exported by name. */
export function assembleModule(functions: readonly WasmFunction[], pages: number): Uint8Array<ArrayBuffer> {
  const types = functions.map(({ parameters, result }) => [
    0x60,
    vector(parameters.map((type) => [type])),
    vector(result === null ? [] : [[result]]),
  ]);
  const exports = functions.map(({ name }, index) => [text(name), 0, unsignedLeb(index)]);
  const bodies = functions.map(({ locals, body }) =>
    sized([vector(locals.map((type) => [1, type])), body, 0x0b]),
  );
  const module: Code = [
    [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    [1, sized(vector(types))],
    [3, sized(vector(functions.map((_, index) => unsignedLeb(index))))],
    [5, sized(vector([[1, unsignedLeb(pages), unsignedLeb(pages)]]))],
    [7, sized(vector([[text("memory"), 2, 0], ...exports]))],
    [10, sized(vector(bodies))],
  ];
  return Uint8Array.from(flatten(module));
}

function vector(items: readonly Code[]): Code {
  return [unsignedLeb(items.length), ...items];
}

function sized(content: Code): Code {
  const bytes = flatten(content);
  return [unsignedLeb(bytes.length), bytes];
}

function text(value: string): Code {
  return vector([...Buffer.from(value)].map((byte) => [byte]));
}

function flatten(code: Code, into: number[] = []): number[] {
  for (const item of code) {
    if (typeof item === "number") into.push(item);
    else flatten(item, into);
  }
  return into;
}

function unsignedLeb(value: number): Code {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 0x7f) {
    bytes.push((rest & 0x7f) | 0x80);
    rest = Math.floor(rest / 128);
  }
  return [...bytes, rest];
}

function signedLeb(value: number): Code {
  const bytes: number[] = [];
  let rest = value;
  while (rest < -64 || rest > 63) {
    bytes.push((rest & 0x7f) | 0x80);
    rest >>= 7;
  }
  return [...bytes, rest & 0x7f];
}
