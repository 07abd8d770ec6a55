import { hash } from "node:crypto";
import type { RunningChecksum } from "./create-checksum.ts";
import { BLOCK_SIZE_BYTES, LANE_SIZE_BYTES, MAX_LANES, md5Kernel, STATE_WORDS } from "./md5-kernel.ts";

/** An MD5 under way. Dispose of one whose digest is not asked for, or its last bytes are kept for ever. */
export interface RunningMd5 extends RunningChecksum, Disposable {
  /** Keeps `bytes` for a while: they must not change until `digest` was called. */
  update(bytes: Uint8Array): void;
}

/** RFC 1321 §3.3. */
const INITIAL_STATE = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476] as const;
/** More than this is hashed as soon as there is company for every lane. */
const ENOUGH_BYTES = 256 * 1024;
/** More than this is not put off, company or none: it would be memory. */
const MAX_PENDING_BYTES = 1024 * 1024;
/** Of all messages together; where more waits, no message waits with more than `ENOUGH_BYTES`. */
const MAX_WAITING_BYTES = 8 * 1024 * 1024;
/** A message with less than this waiting is no company for a longer one. */
const MIN_COMPANY_BYTES = 8 * 1024;
/** Up to this size a message is hashed at once: it ends before company comes. */
const MAX_SINGLE_BYTES = 8 * 1024;
const LENGTH_SIZE_BYTES = 8;

/** Messages that have whole blocks waiting. */
const waiting = new Set<Md5>();
/** What all messages keep. */
let waitingBytes = 0;

/**
 * MD5 of one message. Its blocks are put off, a little, so that they are compressed side by side with those of other
 * messages that come in at the same time: one alone leaves two thirds of a core idle.
 */
export function createMd5(): RunningMd5 {
  return new Md5();
}

class Md5 implements RunningMd5 {
  readonly #state = Uint32Array.from(INITIAL_STATE);
  #pieces: Uint8Array[] = [];
  /** Bytes of the first piece that were taken. */
  #takenBytes = 0;
  #pendingBytes = 0;
  #sizeBytes = 0;

  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  update(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#pieces.push(bytes);
    this.#pendingBytes += bytes.length;
    waitingBytes += bytes.length;
    this.#sizeBytes += bytes.length;
    if (this.#pendingBytes >= BLOCK_SIZE_BYTES) waiting.add(this);
    if (this.#pendingBytes <= ENOUGH_BYTES) return;
    if (this.#pendingBytes > MAX_PENDING_BYTES || waitingBytes > MAX_WAITING_BYTES) drain(this, ENOUGH_BYTES);
    else drainTogether(this);
  }

  digest(): Buffer {
    const only = this.#pieces.length === 1 ? this.#pieces[0] : undefined;
    if (this.#sizeBytes <= MAX_SINGLE_BYTES && only?.length === this.#sizeBytes) {
      this[Symbol.dispose]();
      return hash("md5", only, "buffer");
    }
    const padding = paddingFor(this.#sizeBytes);
    this.#pieces.push(padding);
    this.#pendingBytes += padding.length;
    waitingBytes += padding.length;
    drain(this, 0);
    this[Symbol.dispose]();
    const digest = Buffer.alloc(STATE_WORDS * 4);
    for (const [word, value] of this.#state.entries()) digest.writeUInt32LE(value, word * 4);
    return digest;
  }

  [Symbol.dispose](): void {
    waiting.delete(this);
    this.#pieces = [];
    waitingBytes -= this.#pendingBytes;
    this.#pendingBytes = 0;
  }

  /** Moves the next `sizeBytes` into `input`. */
  take(input: Uint8Array, sizeBytes: number): void {
    let filledBytes = 0;
    let done = 0;
    while (filledBytes < sizeBytes) {
      const piece = this.#pieces[done];
      if (piece === undefined) throw new RangeError("more is taken than waits");
      const takenBytes = Math.min(piece.length - this.#takenBytes, sizeBytes - filledBytes);
      input.set(piece.subarray(this.#takenBytes, this.#takenBytes + takenBytes), filledBytes);
      filledBytes += takenBytes;
      this.#takenBytes += takenBytes;
      if (this.#takenBytes === piece.length) {
        done++;
        this.#takenBytes = 0;
      }
    }
    this.#pieces.splice(0, done);
    this.#pendingBytes -= sizeBytes;
    waitingBytes -= sizeBytes;
  }

  loadState(into: Uint32Array, at: number): void {
    into.set(this.#state, at);
  }

  storeState(from: Uint32Array, at: number): void {
    this.#state.set(from.subarray(at, at + STATE_WORDS));
  }
}

/** Compresses whole blocks of `leader` until less than a block, or no more than `keptBytes`, waits; of others as many as go along. */
function drain(leader: Md5, keptBytes: number): void {
  while (leader.pendingBytes >= BLOCK_SIZE_BYTES && leader.pendingBytes > keptBytes) {
    compressLanes([leader, ...companyOf(leader)]);
  }
}

/** The same for as long as every lane has a message. */
function drainTogether(leader: Md5): void {
  while (leader.pendingBytes >= MIN_COMPANY_BYTES) {
    const company = companyOf(leader);
    if (company.length < MAX_LANES - 1) return;
    compressLanes([leader, ...company]);
  }
}

function compressLanes(lanes: readonly Md5[]): void {
  const { inputs, states, compress } = md5Kernel();
  let sizeBytes = LANE_SIZE_BYTES;
  for (const { pendingBytes } of lanes) sizeBytes = Math.min(sizeBytes, wholeBlocks(pendingBytes));
  for (const [lane, message] of lanes.entries()) {
    const input = inputs[lane];
    if (input === undefined) throw new RangeError("more messages than lanes");
    message.take(input, sizeBytes);
    message.loadState(states, lane * STATE_WORDS);
  }
  compress(lanes.length, sizeBytes);
  for (const [lane, message] of lanes.entries()) {
    message.storeState(states, lane * STATE_WORDS);
    if (message.pendingBytes < BLOCK_SIZE_BYTES) waiting.delete(message);
  }
}

/** The messages with the most waiting, so that every lane is full for as long as the leader's. */
function companyOf(leader: Md5): readonly Md5[] {
  if (waiting.size === 0) return [];
  const enoughBytes = Math.min(MIN_COMPANY_BYTES, leader.pendingBytes);
  const company: Md5[] = [];
  for (const message of waiting) {
    if (message === leader || message.pendingBytes < enoughBytes) continue;
    company.push(message);
  }
  if (company.length > MAX_LANES - 1) company.sort((a, b) => b.pendingBytes - a.pendingBytes);
  return company.slice(0, MAX_LANES - 1);
}

function wholeBlocks(sizeBytes: number): number {
  return sizeBytes - (sizeBytes % BLOCK_SIZE_BYTES);
}

/** RFC 1321 §3.1 and §3.2: one bit, zeros, and the length in bits. */
function paddingFor(sizeBytes: number): Buffer {
  const used = (sizeBytes + 1 + LENGTH_SIZE_BYTES) % BLOCK_SIZE_BYTES;
  const zeros = used === 0 ? 0 : BLOCK_SIZE_BYTES - used;
  const padding = Buffer.alloc(1 + zeros + LENGTH_SIZE_BYTES);
  padding[0] = 0x80;
  padding.writeBigUInt64LE(BigInt.asUintN(64, BigInt(sizeBytes) * 8n), 1 + zeros);
  return padding;
}
