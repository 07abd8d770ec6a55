import { randomBytes } from "node:crypto";
import { formsOfBytes, formsOfDigests, formsOfText } from "./needle-forms.ts";
import type { Needle } from "./needle-scanner.ts";

/** Everything that was given to the server in confidence, as the needles that must not be found again. */
export class CanaryLedger {
  readonly needles: Needle[] = [];
  /** Digests of four raw bytes, by the body they belong to. */
  readonly short: Needle[] = [];
  #serial = 0;

  /** A new word for one place; usable as a bucket name, a header value, a tag and a metadata name. */
  word(place: string): string {
    const text = `canary${this.#serial++}-${randomBytes(9).toString("hex")}`;
    this.needles.push(...formsOfText(place, text));
    // Some places change the case of what they are given.
    this.needles.push(...formsOfText(`${place} in capitals`, text.toUpperCase()).slice(0, 1));
    return text;
  }

  /** A body that holds a new word all over; its digests are needles too. */
  body(place: string, sizeBytes: number): Buffer {
    const word = `${this.word(`body of ${place}`)}\n`;
    const body = Buffer.alloc(sizeBytes, word);
    this.digests(place, body);
    return body;
  }

  digests(place: string, body: Buffer): void {
    if (body.length === 0) return;
    const { needles, short } = formsOfDigests(place, body);
    this.needles.push(...needles);
    this.short.push(...short);
  }

  secretText(place: string, text: string): void {
    this.needles.push(...formsOfText(place, text));
  }

  secretBytes(place: string, bytes: Buffer): void {
    this.needles.push(...formsOfBytes(place, bytes));
  }

  /** An ETag as answered: without quotes, also as the bytes its digits stand for. */
  etag(place: string, value: string | undefined): void {
    const text = (value ?? "").replaceAll('"', "");
    const digits = /^[0-9a-f]{32}/.exec(text)?.[0];
    if (digits === undefined) throw new Error(`${place} has no ETag to look for: ${value}`);
    this.needles.push(...formsOfText(`ETag of ${place}`, text));
    this.needles.push(...formsOfBytes(`ETag bytes of ${place}`, Buffer.from(digits, "hex")));
  }
}
