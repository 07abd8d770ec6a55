import { malformed } from "./policy-error.ts";

/** JSON as parsed here: objects are maps, so that no name (`__proto__`) means anything. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;
export type JsonObject = ReadonlyMap<string, JsonValue>;

/** A place in a text; both count from 1. */
export interface TextPosition {
  readonly line: number;
  readonly column: number;
}

/** Where an object stands: from its brace to just after its closing one. */
export interface TextSpan {
  readonly start: TextPosition;
  readonly end: TextPosition;
}

export interface ParsedJson {
  readonly value: JsonValue;
  /** Where an object of the value was read. Throws for an object that is not of this value. */
  spanOf(object: JsonObject): TextSpan;
}

const WHITESPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
/** A run of characters that stand for themselves inside a string (RFC 8259 §7). */
const PLAIN = /[^"\\\u0000-\u001f]*/y;
const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ["\\", "\\"],
  ["/", "/"],
  ["b", "\b"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
]);

/**
 * Parses JSON strictly (RFC 8259), in time and memory linear in the text. Throws a PolicyError whose message says why
 * and whose place is a line and a column for anything else: a name that stands twice in an object, nesting deeper than `maxDepth`, text after the value.
 */
export function parseStrictJson(text: string, maxDepth: number): ParsedJson {
  const reader = new JsonReader(text, maxDepth);
  const value = reader.readDocument();
  return { value, spanOf: (object) => reader.spanOf(object) };
}

class JsonReader {
  readonly #text: string;
  readonly #maxDepth: number;
  /** Offsets from and to of every object. */
  readonly #objects = new Map<JsonObject, readonly [number, number]>();
  #lineStarts: readonly number[] | null = null;
  #at = 0;

  constructor(text: string, maxDepth: number) {
    this.#text = text;
    this.#maxDepth = maxDepth;
  }

  spanOf(object: JsonObject): TextSpan {
    const offsets = this.#objects.get(object);
    if (offsets === undefined) throw new TypeError("not an object of this document");
    return { start: this.#locate(offsets[0]), end: this.#locate(offsets[1]) };
  }

  readDocument(): JsonValue {
    const value = this.#readValue(0);
    this.#skipWhitespace();
    if (this.#at < this.#text.length) throw this.#refuse("text after the end");
    return value;
  }

  #readValue(depth: number): JsonValue {
    if (depth > this.#maxDepth) throw this.#refuse(`nested deeper than ${this.#maxDepth} levels`);
    this.#skipWhitespace();
    switch (this.#text[this.#at]) {
      case "{":
        return this.#readObject(depth);
      case "[":
        return this.#readArray(depth);
      case '"':
        return this.#readString();
      case "t":
        return this.#readWord("true", true);
      case "f":
        return this.#readWord("false", false);
      case "n":
        return this.#readWord("null", null);
      default:
        return this.#readNumber();
    }
  }

  #readObject(depth: number): JsonObject {
    const from = this.#at;
    const members = this.#readMembers(depth);
    this.#objects.set(members, [from, this.#at]);
    return members;
  }

  #readMembers(depth: number): JsonObject {
    const members = new Map<string, JsonValue>();
    this.#at += 1;
    if (this.#skip("}")) return members;
    for (;;) {
      this.#skipWhitespace();
      if (this.#text[this.#at] !== '"') throw this.#refuse("a name in quotes is missing");
      const start = this.#at;
      const name = this.#readString();
      if (members.has(name)) {
        this.#at = start;
        throw this.#refuse(`the name ${JSON.stringify(name)} stands twice`);
      }
      if (!this.#skip(":")) throw this.#refuse("a colon is missing");
      members.set(name, this.#readValue(depth + 1));
      if (this.#skip("}")) return members;
      if (!this.#skip(",")) throw this.#refuse("a comma or a brace is missing");
    }
  }

  #readArray(depth: number): readonly JsonValue[] {
    const items: JsonValue[] = [];
    this.#at += 1;
    if (this.#skip("]")) return items;
    for (;;) {
      items.push(this.#readValue(depth + 1));
      if (this.#skip("]")) return items;
      if (!this.#skip(",")) throw this.#refuse("a comma or a bracket is missing");
    }
  }

  #readString(): string {
    const pieces: string[] = [];
    this.#at += 1;
    for (;;) {
      pieces.push(this.#match(PLAIN));
      const next = this.#text[this.#at];
      if (next === '"') {
        this.#at += 1;
        return pieces.length === 1 ? (pieces[0] ?? "") : pieces.join("");
      }
      if (next !== "\\")
        throw this.#refuse(next === undefined ? "a string has no end" : "a control character");
      pieces.push(this.#readEscape());
    }
  }

  #readEscape(): string {
    const letter = this.#text[this.#at + 1] ?? "";
    if (letter === "u") {
      const digits = this.#text.slice(this.#at + 2, this.#at + 6);
      if (!/^[0-9a-fA-F]{4}$/.test(digits)) throw this.#refuse("a bad escape");
      this.#at += 6;
      return String.fromCharCode(Number.parseInt(digits, 16));
    }
    const meant = ESCAPES.get(letter);
    if (meant === undefined) throw this.#refuse("a bad escape");
    this.#at += 2;
    return meant;
  }

  #readNumber(): number {
    const digits = this.#match(NUMBER);
    if (digits === "")
      throw this.#refuse(this.#at < this.#text.length ? "a value is missing" : "it ends too early");
    return Number(digits);
  }

  #readWord<Value extends JsonValue>(word: string, value: Value): Value {
    if (!this.#text.startsWith(word, this.#at)) throw this.#refuse("an unknown word");
    this.#at += word.length;
    return value;
  }

  #skip(character: string): boolean {
    this.#skipWhitespace();
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  #skipWhitespace(): void {
    this.#match(WHITESPACE);
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? "";
    this.#at += found.length;
    return found;
  }

  #locate(offset: number): TextPosition {
    this.#lineStarts ??= [0, ...Array.from(this.#text.matchAll(/\n/g), (found) => found.index + 1)];
    const starts = this.#lineStarts;
    let low = 0;
    let high = starts.length;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
  }

  #refuse(why: string): Error {
    const { line, column } = this.#locate(this.#at);
    return malformed(why, `line ${line}, column ${column}`);
  }
}
