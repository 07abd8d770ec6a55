import { s3Error } from "../errors.ts";
import { malformedForm, type PartHead, parsePartHead } from "./part-head.ts";

const CRLF = Buffer.from("\r\n");
const HEAD_END = Buffer.from("\r\n\r\n");
const CLOSE = Buffer.from("--");
const CARRIAGE_RETURN = 0x0d;
/** White space that some senders put after a boundary (RFC 2046 §5.1.1); more of it than this is no form. */
const PADDING_LIMIT_BYTES = 80;

/**
 * Takes a multipart body apart as it arrives (RFC 2046 §5.1, RFC 7578), pulled by its consumer: part heads whole,
 * part bodies piece by piece. Never holds more than one piece of the source and one delimiter. Throws
 * MalformedPOSTRequest, and MaxPostPreDataLengthExceededError once more than `limitBytes` came before a streamed part.
 */
export class MultipartReader {
  readonly #source: AsyncIterator<Uint8Array>;
  readonly #delimiter: Buffer;
  readonly #limitBytes: number;
  /** Received, not yet consumed. The line break before the first boundary is supplied. */
  #held: Buffer = CRLF;
  #receivedBytes = 0;
  #isLimited = true;

  constructor(source: AsyncIterator<Uint8Array>, boundary: string, limitBytes: number) {
    this.#source = source;
    this.#delimiter = Buffer.from(`\r\n--${boundary}`, "latin1");
    this.#limitBytes = limitBytes;
  }

  /** Bytes of the body that came before the place where the reader is. */
  get consumedBytes(): number {
    return this.#receivedBytes - this.#held.length;
  }

  /** Skips to the first part; call once, before anything else. */
  async begin(): Promise<void> {
    for await (const _preamble of this.#untilDelimiter()) this.#requireWithinLimit();
  }

  /** The head of the next part; null at the end. The body before it must have been read to its end. */
  async nextHead(): Promise<PartHead | null> {
    if (await this.#isClosed()) return null;
    for (;;) {
      const end = this.#held.indexOf(HEAD_END);
      if (end >= 0) {
        const head = parsePartHead(this.#take(end));
        this.#take(HEAD_END.length);
        this.#requireWithinLimit();
        return head;
      }
      await this.#require();
    }
  }

  /** The whole body of the current part. */
  async readWhole(): Promise<Buffer> {
    const pieces: Buffer[] = [];
    for await (const piece of this.#untilDelimiter()) {
      pieces.push(piece);
      this.#requireWithinLimit();
    }
    this.#requireWithinLimit();
    return Buffer.concat(pieces);
  }

  /** The body of the current part as it arrives, of any size. What follows it stays unread. */
  async *stream(): AsyncGenerator<Buffer> {
    this.#isLimited = false;
    yield* this.#untilDelimiter();
    await this.#isClosed();
  }

  /** Everything up to the next delimiter, which is consumed. */
  async *#untilDelimiter(): AsyncGenerator<Buffer> {
    const delimiter = this.#delimiter;
    for (;;) {
      const found = this.#held.indexOf(delimiter);
      if (found >= 0) {
        const last = this.#take(found);
        this.#take(delimiter.length);
        if (last.length > 0) yield last;
        return;
      }
      const safe = this.#take(this.#startOfPossibleDelimiter());
      if (safe.length > 0) yield safe;
      await this.#require();
    }
  }

  /** Where a delimiter may have begun whose end has not arrived. */
  #startOfPossibleDelimiter(): number {
    const from = Math.max(0, this.#held.length - this.#delimiter.length + 1);
    const at = this.#held.indexOf(CARRIAGE_RETURN, from);
    return at < 0 ? this.#held.length : at;
  }

  /** Consumes what ends a delimiter line: true after the last one of the body. */
  async #isClosed(): Promise<boolean> {
    for (;;) {
      if (this.#held.length >= 2) {
        if (this.#held.subarray(0, 2).equals(CLOSE)) return true;
        let at = 0;
        while (this.#held[at] === 0x20 || this.#held[at] === 0x09) at += 1;
        if (at > PADDING_LIMIT_BYTES) throw malformedForm();
        if (this.#held.length >= at + 2) {
          if (!this.#held.subarray(at, at + 2).equals(CRLF)) throw malformedForm();
          // The line break stays: with an empty head it is the first half of the head's end.
          this.#take(at);
          return false;
        }
      }
      await this.#require();
    }
  }

  #take(sizeBytes: number): Buffer {
    const taken = this.#held.subarray(0, sizeBytes);
    this.#held = this.#held.subarray(sizeBytes);
    return taken;
  }

  /** More of the body. Throws MalformedPOSTRequest when there is no more. */
  async #require(): Promise<void> {
    // What is held lacks its end: all of it comes before the file.
    if (this.#isLimited && this.#receivedBytes > this.#limitBytes) throw this.#tooLong();
    const next = await this.#source.next();
    if (next.done === true) throw malformedForm();
    const { buffer, byteOffset, length } = next.value;
    const piece = Buffer.from(buffer, byteOffset, length);
    this.#receivedBytes += length;
    this.#held = this.#held.length === 0 ? piece : Buffer.concat([this.#held, piece]);
  }

  #requireWithinLimit(): void {
    if (this.#isLimited && this.consumedBytes > this.#limitBytes) throw this.#tooLong();
  }

  #tooLong(): Error {
    return s3Error("MaxPostPreDataLengthExceededError", {
      fields: { MaxPostPreDataLengthBytes: String(this.#limitBytes) },
    });
  }
}
