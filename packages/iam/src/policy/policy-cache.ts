import { createHash } from "node:crypto";
import { type ParsePolicyOptions, parsePolicyDocument } from "./parse-policy-document.ts";
import type { PolicyDocument } from "./policy-document.ts";

/** What a compiled policy takes in memory is a small multiple of its text: this bounds all of them together. */
const DEFAULT_CAPACITY_BYTES = 4 * 1024 * 1024;

interface Entry {
  readonly document: PolicyDocument;
  readonly sizeBytes: number;
}

/**
 * Compiled policies by the digest of their text, the least recently used dropped first. A policy that changes has
 * another digest, so an entry is never stale, and equal texts share one. A text that is refused is not kept.
 */
export class PolicyCache {
  readonly #entries = new Map<string, Entry>();
  readonly #capacityBytes: number;
  #sizeBytes = 0;

  constructor(capacityBytes: number = DEFAULT_CAPACITY_BYTES) {
    this.#capacityBytes = capacityBytes;
  }

  /** The compiled policy. Throws a PolicyError as `parsePolicyDocument` does. */
  parse(text: string, options: ParsePolicyOptions): PolicyDocument {
    const digest = digestOf(text, options);
    const known = this.#entries.get(digest);
    if (known !== undefined) {
      // A map keeps its order of insertion: put in again, the entry is the newest.
      this.#entries.delete(digest);
      this.#entries.set(digest, known);
      return known.document;
    }
    const document = parsePolicyDocument(text, options);
    this.#keep(digest, { document, sizeBytes: Buffer.byteLength(text) });
    return document;
  }

  #keep(digest: string, entry: Entry): void {
    this.#entries.set(digest, entry);
    this.#sizeBytes += entry.sizeBytes;
    for (const [oldest, { sizeBytes }] of this.#entries) {
      if (this.#sizeBytes <= this.#capacityBytes) return;
      this.#entries.delete(oldest);
      this.#sizeBytes -= sizeBytes;
    }
  }
}

function digestOf(text: string, { kind, limits }: ParsePolicyOptions): string {
  const scope = JSON.stringify([kind, limits?.maxSize ?? null, limits?.ignoresWhitespace ?? null]);
  return createHash("sha256").update(`${scope}\0`).update(text).digest("base64");
}
