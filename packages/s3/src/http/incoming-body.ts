import type { IncomingMessage } from "node:http";
import { S3Error } from "../errors.ts";

/** Received but not yet consumed bytes beyond which the socket is paused. */
const HIGH_WATER_BYTES = 256 * 1024;

export interface IncomingBodyOptions {
  /** Silence of the sender after which reading fails with RequestTimeout. */
  readonly idleTimeoutMs: number;
  /** Called once, when the first byte is asked for: the moment to say `100 Continue`. */
  readonly beforeFirstRead: () => void;
}

/**
 * The bytes of a request as they arrive, pulled by one consumer. The socket is paused while the consumer lags, so
 * no more than 256 KiB and one read are ever held. Throws IncompleteBody when the sender hangs up, RequestTimeout
 * when it stops sending. A consumer that stops early leaves the rest to `discardRest`.
 */
export class IncomingBody implements AsyncIterableIterator<Uint8Array> {
  readonly #message: IncomingMessage;
  readonly #options: IncomingBodyOptions;
  readonly #queue: Uint8Array[] = [];
  #queuedBytes = 0;
  #started = false;
  #ended = false;
  #endedAtMs: number | null = null;
  #stopped = false;
  #paused = false;
  #failure: S3Error | null = null;
  #waiting: PromiseWithResolvers<IteratorResult<Uint8Array>> | null = null;
  #timer: NodeJS.Timeout | null = null;

  constructor(message: IncomingMessage, options: IncomingBodyOptions) {
    this.#message = message;
    this.#options = options;
  }

  /** True once a consumer has asked for the first byte. */
  get started(): boolean {
    return this.#started;
  }

  /** When its last byte came, by `performance.now()`; null: it did not, or nobody asked for the body. */
  get endedAtMs(): number | null {
    return this.#endedAtMs;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Uint8Array>> {
    if (!this.#started) this.#start();
    const chunk = this.#queue.shift();
    if (chunk !== undefined) {
      this.#queuedBytes -= chunk.length;
      if (this.#paused && this.#queue.length === 0) this.#resume();
      return Promise.resolve({ done: false, value: chunk });
    }
    if (this.#failure !== null) return Promise.reject(this.#failure);
    if (this.#ended || this.#stopped) return Promise.resolve({ done: true, value: undefined });
    this.#waiting = Promise.withResolvers();
    if (this.#timer === null) {
      this.#timer = setTimeout(this.#onIdle, this.#options.idleTimeoutMs);
      this.#timer.unref();
    } else {
      this.#timer.refresh();
    }
    return this.#waiting.promise;
  }

  return(): Promise<IteratorResult<Uint8Array>> {
    this.release();
    return Promise.resolve({ done: true, value: undefined });
  }

  /** Lets go of the request: what is left of it belongs to `discardRest`. Idempotent. */
  release(): void {
    if (!this.#started || this.#stopped) return;
    this.#stopped = true;
    this.#queue.length = 0;
    this.#queuedBytes = 0;
    this.#detach();
    if (!this.#ended) this.#message.pause();
  }

  #start(): void {
    this.#started = true;
    this.#options.beforeFirstRead();
    if (this.#message.readableEnded) {
      this.#ended = true;
      return;
    }
    if (this.#message.destroyed) {
      this.#failure = hungUp();
      return;
    }
    this.#message.on("data", this.#onData);
    this.#message.on("end", this.#onEnd);
    this.#message.on("error", this.#onHangUp);
    this.#message.on("close", this.#onHangUp);
  }

  readonly #onData = (chunk: Buffer): void => {
    const waiting = this.#waiting;
    if (waiting !== null) {
      this.#waiting = null;
      waiting.resolve({ done: false, value: chunk });
      return;
    }
    this.#queue.push(chunk);
    this.#queuedBytes += chunk.length;
    if (this.#queuedBytes >= HIGH_WATER_BYTES && !this.#paused) {
      this.#paused = true;
      this.#message.pause();
    }
  };

  readonly #onEnd = (): void => {
    this.#ended = true;
    this.#endedAtMs = performance.now();
    this.#detach();
    this.#waiting?.resolve({ done: true, value: undefined });
    this.#waiting = null;
  };

  readonly #onHangUp = (): void => {
    if (this.#ended || this.#stopped) return;
    this.#fail(hungUp());
  };

  readonly #onIdle = (): void => {
    if (this.#waiting === null || this.#ended) return;
    this.#fail(new S3Error("RequestTimeout"));
  };

  #fail(error: S3Error): void {
    this.#failure ??= error;
    this.#detach();
    this.#waiting?.reject(this.#failure);
    this.#waiting = null;
  }

  #resume(): void {
    this.#paused = false;
    this.#message.resume();
  }

  #detach(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#message.off("data", this.#onData);
    this.#message.off("end", this.#onEnd);
    this.#message.off("close", this.#onHangUp);
    // The error listener stays: an 'error' nobody listens to would end the process.
  }
}

function hungUp(): S3Error {
  return new S3Error("IncompleteBody");
}
