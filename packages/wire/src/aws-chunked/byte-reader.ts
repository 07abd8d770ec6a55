import { truncatedBody } from "./framing-error.ts";

const LF = 0x0a;
const CR = 0x0d;

/** Pulls from a source just what is asked for; hands out views of the source's own buffers where it can. */
export class ByteReader {
  readonly #source: AsyncIterator<Uint8Array>;
  #buffer: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterator<Uint8Array>) {
    this.#source = source;
  }

  /** The text up to CR LF, latin1, without it. IncompleteBody when it is longer than `limitBytes` or never ends. */
  async readLine(limitBytes: number): Promise<string> {
    let feed = this.#buffer.indexOf(LF);
    while (feed < 0) {
      const searched = this.#buffer.length;
      if (searched > limitBytes || !(await this.#pull())) throw truncatedBody();
      feed = this.#buffer.indexOf(LF, searched);
    }
    if (feed > limitBytes || this.#buffer[feed - 1] !== CR) throw truncatedBody();
    const line = this.#buffer.toString("latin1", 0, feed - 1);
    this.#buffer = this.#buffer.subarray(feed + 1);
    return line;
  }

  /** Between 1 and `limitBytes` bytes, not copied; IncompleteBody at the end of the source. */
  async readSome(limitBytes: number): Promise<Buffer> {
    if (this.#buffer.length === 0 && !(await this.#pull())) throw truncatedBody();
    const bytes = this.#buffer.subarray(0, limitBytes);
    this.#buffer = this.#buffer.subarray(bytes.length);
    return bytes;
  }

  async requireLineEnd(): Promise<void> {
    if ((await this.readLine(2)) !== "") throw truncatedBody();
  }

  /** Everything that is left; IncompleteBody when that is more than `limitBytes`. */
  async readRest(limitBytes: number): Promise<Buffer> {
    while (this.#buffer.length <= limitBytes && (await this.#pull())) {
      // Pulled bytes are collected in the buffer.
    }
    if (this.#buffer.length > limitBytes) throw truncatedBody();
    return this.#buffer;
  }

  /** Appends the next bytes of the source; false at its end. */
  async #pull(): Promise<boolean> {
    for (;;) {
      const next = await this.#source.next();
      if (next.done === true) return false;
      const { buffer, byteOffset, byteLength } = next.value;
      if (byteLength === 0) continue;
      const bytes = Buffer.from(buffer, byteOffset, byteLength);
      this.#buffer = this.#buffer.length === 0 ? bytes : Buffer.concat([this.#buffer, bytes]);
      return true;
    }
  }
}
