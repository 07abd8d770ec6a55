import { platform } from "#platform";
import type { Bytes } from "../bytes.ts";
import { concat, EMPTY } from "../bytes.ts";
import { TamperedObjectError } from "../errors.ts";
import type { Transform } from "../platform/platform.ts";
import type { ContentKey } from "./reading-rules.ts";

const BLOCK = 16;
/** The counter block that content starts with: block 1 masks the tag. */
const FIRST_COUNTER = 2;
const MAX_COUNTER = 2 ** 32 - 2;

/** A stretch of a ciphertext, and what of its plaintext is wanted. All in bytes from the object's start. */
export interface FetchedRange {
  readonly first: number;
  /** The last byte that was fetched. */
  readonly last: number;
  readonly totalBytes: number;
  readonly start: number;
  /** The first byte that is not wanted. */
  readonly end: number;
}

/** Decrypts a range. Nothing vouches for the bytes: whoever may write to the bucket can flip any of them unseen. */
export async function* decryptRange(
  ciphertext: AsyncIterable<Uint8Array>,
  contentKey: ContentKey,
  range: FetchedRange,
): AsyncGenerator<Uint8Array> {
  try {
    const { transform, offset, from } = contentKey.suite.isAuthenticated
      ? startCounter(contentKey, range)
      : startChain(contentKey, range);
    let at = offset;
    const wanted = skipBytes(expectBytes(ciphertext, range.last - range.first + 1), from - range.first);
    for await (const chunk of decrypt(wanted, transform)) {
      const piece = chunk.subarray(Math.max(0, range.start - at), Math.max(0, range.end - at));
      at += chunk.length;
      if (piece.length > 0) yield piece;
    }
  } finally {
    contentKey.wipe();
  }
}

interface Start {
  readonly transform: Transform;
  /** The plaintext's position that the transform's output starts at. */
  readonly offset: number;
  /** The first byte of ciphertext that goes into it. */
  readonly from: number;
}

function startCounter({ key, nonce }: ContentKey, { first }: FetchedRange): Start {
  const from = Math.ceil(first / BLOCK) * BLOCK;
  const count = FIRST_COUNTER + from / BLOCK;
  if (count > MAX_COUNTER) throw new TamperedObjectError();
  const block: Bytes = new Uint8Array(BLOCK);
  block.set(nonce);
  new DataView(block.buffer).setUint32(BLOCK - 4, count);
  return { transform: platform.ctrDecryptor(key, block), offset: from, from };
}

/** From the middle on, the first block only serves as IV: its own plaintext is garbage, and lies before the range. */
function startChain({ key, nonce }: ContentKey, { first, last, totalBytes }: FetchedRange): Start {
  const from = Math.ceil(first / BLOCK) * BLOCK;
  const reachesEnd = last === totalBytes - 1;
  const transform = platform.cbcDecryptor(key, nonce, reachesEnd);
  return { transform: reachesEnd ? transform : wholeBlocks(transform), offset: from, from };
}

/** Without padding a cipher wants whole blocks, and a fetched range may end inside one. */
function wholeBlocks(transform: Transform): Transform {
  let pending: Bytes = EMPTY;
  return {
    update: (chunk) => {
      const input = concat([pending, chunk]);
      const ready = input.length - (input.length % BLOCK);
      pending = input.slice(ready);
      return ready === 0 ? EMPTY : transform.update(input.subarray(0, ready));
    },
    final: () => transform.final(),
  };
}

async function* decrypt(
  ciphertext: AsyncIterable<Uint8Array>,
  transform: Transform,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of ciphertext) yield transform.update(chunk);
  yield transform.final();
}

async function* expectBytes(body: AsyncIterable<Uint8Array>, expected: number): AsyncGenerator<Uint8Array> {
  let count = 0;
  for await (const chunk of body) {
    count += chunk.length;
    yield chunk;
  }
  if (count !== expected) throw new TamperedObjectError();
}

async function* skipBytes(body: AsyncIterable<Uint8Array>, skipped: number): AsyncGenerator<Uint8Array> {
  let left = skipped;
  for await (const chunk of body) {
    const kept = chunk.subarray(Math.min(left, chunk.length));
    left -= chunk.length - kept.length;
    if (kept.length > 0) yield kept;
  }
}
