import type { ServerResponse } from "node:http";

/** Unsent bytes of one response beyond which its source waits for the client: of few responses more, of many less. */
const MAX_HIGH_WATER_BYTES = 1024 * 1024;
const MIN_HIGH_WATER_BYTES = 256 * 1024;
/** What the responses of this process share. */
const SHARED_BYTES = 16 * 1024 * 1024;

let sinks = 0;

/** The client went away, or the connection broke, before the response was complete. */
export class ResponseClosedError extends Error {
  override readonly name = "ResponseClosedError";
}

/** Writes a response's bytes and waits while the client reads too slowly. One pair of listeners per response. */
export class ByteSink {
  readonly #response: ServerResponse;
  #waiting: PromiseWithResolvers<void> | null = null;

  constructor(response: ServerResponse) {
    this.#response = response;
    sinks++;
    response.on("drain", this.#onDrain);
    response.on("close", this.#onClose);
  }

  /** Resolves when more may be written. Throws ResponseClosedError once the connection is gone. */
  async write(bytes: Uint8Array): Promise<void> {
    if (this.#response.destroyed || this.#response.closed) throw closed();
    if (this.#response.write(bytes) || this.#response.writableLength < highWaterBytes()) return;
    this.#waiting = Promise.withResolvers();
    await this.#waiting.promise;
  }

  /** To be called once, at the end. */
  release(): void {
    sinks--;
    this.#response.off("drain", this.#onDrain);
    this.#response.off("close", this.#onClose);
  }

  readonly #onDrain = (): void => {
    this.#waiting?.resolve();
    this.#waiting = null;
  };

  readonly #onClose = (): void => {
    this.#waiting?.reject(closed());
    this.#waiting = null;
  };
}

function highWaterBytes(): number {
  return Math.min(MAX_HIGH_WATER_BYTES, Math.max(MIN_HIGH_WATER_BYTES, SHARED_BYTES / sinks));
}

function closed(): ResponseClosedError {
  return new ResponseClosedError("the client closed the connection before the response was complete");
}
