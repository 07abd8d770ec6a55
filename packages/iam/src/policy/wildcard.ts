/** Stands for any run of characters, also none. */
export const ANY_RUN = 0;
/** Stands for exactly one character. */
export const ANY_ONE = 1;

/** A pattern in pieces: a string stands for itself, whatever it holds. */
export type PatternToken = string | typeof ANY_RUN | typeof ANY_ONE;

export type TextMatcher = (text: string) => boolean;

/** What lies between two stars: code units, -1 where any one may stand. `literal` when none may. */
interface Segment {
  readonly codes: Int32Array;
  readonly literal: string | null;
}

/** Splits a pattern as policies write it, where `*` and `?` are wildcards. */
export function parseWildcards(pattern: string): readonly PatternToken[] {
  const tokens: PatternToken[] = [];
  for (const piece of pattern.split(/([*?])/)) {
    if (piece === "*") tokens.push(ANY_RUN);
    else if (piece === "?") tokens.push(ANY_ONE);
    else if (piece !== "") tokens.push(piece);
  }
  return tokens;
}

/**
 * Compiles a pattern to a test of whole texts. A test takes time in the length of the text times the pattern's longest
 * stretch without a star over 32, whatever the pattern: each stretch is taken where it first fits, never again.
 */
export function compileWildcard(tokens: readonly PatternToken[]): TextMatcher {
  const segments = splitAtStars(tokens);
  const [first, ...rest] = segments;
  if (first === undefined) return (text) => text === "";
  const last = rest.pop();
  if (last === undefined) {
    const { literal } = first;
    if (literal !== null) return (text) => text === literal;
    return (text) => text.length === first.codes.length && fitsAt(text, 0, first);
  }
  const middle = rest.filter((segment) => segment.codes.length > 0);
  const shortest = segments.reduce((sum, segment) => sum + segment.codes.length, 0);
  if (shortest === 0) return () => true;
  if (middle.length === 0 && last.codes.length === 0 && first.literal !== null) {
    const { literal } = first;
    return (text) => text.startsWith(literal);
  }
  const finders = middle.map(compileFinder);
  return (text) => {
    if (text.length < shortest || !fitsAt(text, 0, first)) return false;
    const end = text.length - last.codes.length;
    if (!fitsAt(text, end, last)) return false;
    let at = first.codes.length;
    for (const find of finders) {
      at = find(text, at);
      if (at < 0 || at > end) return false;
    }
    return true;
  };
}

/** Whether a text fits literals with a star between each two of them; a single one is the whole text. */
export function matchesSegments(literals: readonly string[], text: string): boolean {
  const [first = "", ...rest] = literals;
  const last = rest.pop();
  if (last === undefined) return text === first;
  const end = text.length - last.length;
  if (end < first.length || !text.startsWith(first) || !text.endsWith(last)) return false;
  let at = first.length;
  for (const literal of rest) {
    const found = text.indexOf(literal, at);
    if (found < 0) return false;
    at = found + literal.length;
    if (at > end) return false;
  }
  return true;
}

function splitAtStars(tokens: readonly PatternToken[]): readonly Segment[] {
  if (tokens.length === 0) return [];
  const segments: PatternToken[][] = [[]];
  for (const token of tokens) {
    if (token === ANY_RUN) segments.push([]);
    else segments.at(-1)?.push(token);
  }
  return segments.map(toSegment);
}

function toSegment(tokens: readonly PatternToken[]): Segment {
  const isLiteral = tokens.every((token) => typeof token === "string");
  const codes = tokens.flatMap((token) =>
    typeof token === "string" ? Array.from({ length: token.length }, (_, at) => token.charCodeAt(at)) : [-1],
  );
  return { codes: Int32Array.from(codes), literal: isLiteral ? tokens.join("") : null };
}

function fitsAt(text: string, start: number, segment: Segment): boolean {
  if (segment.literal !== null) return text.startsWith(segment.literal, start);
  const { codes } = segment;
  for (let at = 0; at < codes.length; at += 1) {
    const code = codes[at];
    if (code !== -1 && code !== text.charCodeAt(start + at)) return false;
  }
  return true;
}

/** Finds where the segment first fits at or after `from`: the index after it, or -1. */
type Finder = (text: string, from: number) => number;

function compileFinder(segment: Segment): Finder {
  const { literal, codes } = segment;
  if (literal === null || literal.length > 64) return compileBitParallel(codes);
  return (text, from) => {
    const found = text.indexOf(literal, from);
    return found < 0 ? -1 : found + literal.length;
  };
}

/**
 * The Shift-And algorithm (Baeza-Yates and Gonnet): bit i of the state is set while the last i+1 characters fit the
 * first i+1 of the segment. It costs the same whatever the text is, which a search that starts over does not.
 */
function compileBitParallel(codes: Int32Array): Finder {
  const words = Math.ceil(codes.length / 32);
  const wild = new Uint32Array(words);
  const places = new Map<number, number[]>();
  codes.forEach((code, at) => {
    if (code === -1) setBit(wild, at);
    else if (places.get(code)?.push(at) === undefined) places.set(code, [at]);
  });
  const masks = new Map([...places].map(([code, at]) => [code, makeMask(wild, at)]));
  const lastWord = words - 1;
  const lastBit = 1 << ((codes.length - 1) & 31);
  return (text, from) => {
    let state = new Uint32Array(words);
    let next = new Uint32Array(words);
    for (let at = from; at < text.length; at += 1) {
      let carry = 1;
      for (let word = 0; word < words; word += 1) {
        const bits = state[word] ?? 0;
        next[word] = (bits << 1) | carry;
        carry = bits >>> 31;
      }
      const mask = masks.get(text.charCodeAt(at));
      if (mask === undefined) keepBits(next, wild);
      else mask(next, wild);
      if (((next[lastWord] ?? 0) & lastBit) !== 0) return at + 1;
      [state, next] = [next, state];
    }
    return -1;
  };
}

/** Keeps of a state what may stand where a character stands; `wild` is where any may. */
type Mask = (state: Uint32Array, wild: Uint32Array) => void;

/**
 * A full mask for characters that are frequent (there are at most 32 of those), a list of places for the others: so
 * the masks of a segment take memory in its length, not in its square.
 */
function makeMask(wild: Uint32Array, places: readonly number[]): Mask {
  if (places.length >= wild.length) {
    const full = wild.slice();
    for (const place of places) setBit(full, place);
    return (state) => keepBits(state, full);
  }
  return (state, always) => {
    const kept = places.filter((place) => ((state[place >>> 5] ?? 0) & (1 << (place & 31))) !== 0);
    keepBits(state, always);
    for (const place of kept) setBit(state, place);
  };
}

function keepBits(state: Uint32Array, mask: Uint32Array): void {
  for (let word = 0; word < state.length; word += 1) state[word] = (state[word] ?? 0) & (mask[word] ?? 0);
}

function setBit(words: Uint32Array, at: number): void {
  const word = at >>> 5;
  words[word] = (words[word] ?? 0) | (1 << (at & 31));
}
