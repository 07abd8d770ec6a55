import {
  assembleModule,
  type Code,
  get,
  I32,
  i32,
  i32Add,
  i32And,
  i32GeU,
  i32Load,
  i32Or,
  i32Rotl,
  i32Store,
  i32Sub,
  i32Xor,
  set,
  type WasmFunction,
  whileLoop,
} from "./wasm-assembler.ts";

/** Each step of MD5 waits for the one before; three messages side by side keep a core busy, a fourth spills registers. */
export const MAX_LANES = 3;
/** What each lane takes at once. */
export const LANE_SIZE_BYTES = 32 * 1024;
export const BLOCK_SIZE_BYTES = 64;
/** Of a chaining value, in 32-bit words. */
export const STATE_WORDS = 4;

const STATES = 0;
const INPUT = 65_536;
const PAGES = 3;

/** RFC 1321 §3.4: the sines, how far each step turns, and which word of the block it takes. */
const SINES = Array.from({ length: 64 }, (_, step) => Math.floor(Math.abs(Math.sin(step + 1)) * 2 ** 32) | 0);
const ROUNDS = [
  { turns: [7, 12, 17, 22], firstWord: 0, stride: 1 },
  { turns: [5, 9, 14, 20], firstWord: 1, stride: 5 },
  { turns: [4, 11, 16, 23], firstWord: 5, stride: 3 },
  { turns: [6, 10, 15, 21], firstWord: 0, stride: 7 },
] as const;

/** The part of the platform's interface used here; Node's types leave it to those of browsers. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: Readonly<Record<string, unknown>> };
  readonly Memory: new (size: { initial: number }) => { readonly buffer: ArrayBuffer };
};

/** The compression function of MD5 (RFC 1321 §3.4) over up to three messages side by side. */
export interface Md5Kernel {
  /** The input of each lane. */
  readonly inputs: readonly Uint8Array[];
  /** The chaining value of each lane, `STATE_WORDS` words each, one after the other. */
  readonly states: Uint32Array;
  /** Takes `sizeBytes`, whole blocks, from the input of each of the first `lanes` lanes. */
  compress(lanes: number, sizeBytes: number): void;
}

let loaded: Md5Kernel | undefined;

/** One kernel for the process: a call runs to its end before another begins. */
export function md5Kernel(): Md5Kernel {
  loaded ??= load();
  return loaded;
}

function load(): Md5Kernel {
  const functions = Array.from({ length: MAX_LANES }, (_, at) => compressFunction(at + 1));
  const bytes = assembleModule(functions, PAGES);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes));
  const { memory } = exports;
  if (!(memory instanceof WebAssembly.Memory)) throw new TypeError("the MD5 module lacks its memory");
  const compressors = functions.map(({ name }) => {
    const compress = exports[name];
    if (typeof compress !== "function") throw new TypeError(`the MD5 module lacks ${name}`);
    return compress as (sizeBytes: number) => void;
  });
  return {
    inputs: Array.from(
      { length: MAX_LANES },
      (_, lane) => new Uint8Array(memory.buffer, INPUT + lane * LANE_SIZE_BYTES, LANE_SIZE_BYTES),
    ),
    states: new Uint32Array(memory.buffer, STATES, STATE_WORDS * MAX_LANES),
    compress: (lanes, sizeBytes) => compressors[lanes - 1]?.(sizeBytes),
  };
}

// Locals: the parameter, then the place, then those of each lane.
const SIZE = 0;
const AT = 1;
const FIRST_OF_LANES = 2;
const LOCALS_PER_LANE = 9;

/** The locals of one lane: four chaining variables, what they were before the block, and a sum under way. */
function localsOf(lane: number) {
  const first = FIRST_OF_LANES + lane * LOCALS_PER_LANE;
  return { state: first, saved: first + STATE_WORDS, sum: first + 2 * STATE_WORDS };
}

/** All lanes take each part of a step before any takes the next: that is what lets the processor overlap them. */
function compressFunction(lanes: number): WasmFunction {
  const inLanes = (each: (lane: number) => Code): Code =>
    Array.from({ length: lanes }, (_, lane) => each(lane));
  const forState = (each: (lane: number, word: number) => Code): Code =>
    inLanes((lane) => Array.from({ length: STATE_WORDS }, (_, word) => each(lane, word)));
  const stateAt = (lane: number, word: number): number => STATES + (lane * STATE_WORDS + word) * 4;
  const block: Code = [
    forState((lane, word) => set(localsOf(lane).saved + word, get(localsOf(lane).state + word))),
    SINES.map((_, step) => stepParts(step).map((part) => inLanes(part))),
    forState((lane, word) => {
      const { state, saved } = localsOf(lane);
      return set(state + word, i32Add(get(state + word), get(saved + word)));
    }),
    set(AT, i32Add(get(AT), i32(BLOCK_SIZE_BYTES))),
  ];
  return {
    name: `compress${lanes}`,
    parameters: [I32],
    result: null,
    locals: Array.from({ length: 1 + lanes * LOCALS_PER_LANE }, () => I32),
    body: [
      forState((lane, word) => set(localsOf(lane).state + word, i32Load(i32(0), stateAt(lane, word)))),
      whileLoop(i32GeU(i32Sub(get(SIZE), get(AT)), i32(BLOCK_SIZE_BYTES)), block),
      forState((lane, word) => i32Store(i32(0), get(localsOf(lane).state + word), stateAt(lane, word))),
    ],
  };
}

/** a = b + ((a + mix(b, c, d) + word + sine) turned left), in three parts. */
function stepParts(step: number): readonly ((lane: number) => Code)[] {
  const round = Math.floor(step / 16);
  const { turns, firstWord, stride } = ROUNDS[round] ?? ROUNDS[0];
  const word = (firstWord + stride * (step % 16)) % 16;
  // The chaining variables trade places after every step.
  const local = (lane: number, role: number): number => localsOf(lane).state + ((role + 4 - (step % 4)) % 4);
  return [
    (lane) => {
      const input = i32Load(get(AT), INPUT + lane * LANE_SIZE_BYTES + word * 4);
      return set(localsOf(lane).sum, i32Add(i32Add(get(local(lane, 0)), input), i32(SINES[step] ?? 0)));
    },
    (lane) => {
      const mixed = mix(round, get(local(lane, 1)), get(local(lane, 2)), get(local(lane, 3)));
      return set(localsOf(lane).sum, i32Add(get(localsOf(lane).sum), mixed));
    },
    (lane) => {
      const turned = i32Rotl(get(localsOf(lane).sum), i32(turns[step % 4] ?? 0));
      return set(local(lane, 0), i32Add(turned, get(local(lane, 1))));
    },
  ];
}

/** The auxiliary function of a round, written so that little hangs on `b`, which is ready last. */
function mix(round: number, b: Code, c: Code, d: Code): Code {
  const notD = i32Xor(d, i32(-1));
  if (round === 0) return i32Xor(d, i32And(b, i32Xor(c, d)));
  // The halves have no bit in common, so that adding joins them.
  if (round === 1) return i32Add(i32And(c, notD), i32And(b, d));
  if (round === 2) return i32Xor(b, i32Xor(c, d));
  return i32Xor(c, i32Or(b, notD));
}
