import type { IncomingMessage } from "node:http";

/** Silence of the sender after which a small body counts as broken off. */
const IDLE_TIMEOUT_MS = 20_000;

/** The sender hung up, or fell silent, in the middle of a body: nobody is left to be answered. */
export class BodyBrokenOffError extends Error {
  override readonly name = "BodyBrokenOffError";
}

/**
 * A whole small body; null when it is longer than `limitBytes`, of which no more than that was kept. The connection
 * stays open, so that the refusal can still be read. Throws BodyBrokenOffError.
 */
export function readBody(request: IncomingMessage, limitBytes: number): Promise<Buffer | null> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer | null>();
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  const timer = setTimeout(() => fail(), IDLE_TIMEOUT_MS);
  timer.unref();
  const stop = (): void => {
    clearTimeout(timer);
    request.off("data", onData);
    request.off("end", onEnd);
    request.off("close", fail);
  };
  const onData = (chunk: Buffer): void => {
    timer.refresh();
    sizeBytes += chunk.length;
    if (sizeBytes <= limitBytes) {
      chunks.push(chunk);
      return;
    }
    stop();
    resolve(null);
  };
  const onEnd = (): void => {
    stop();
    resolve(Buffer.concat(chunks, sizeBytes));
  };
  function fail(): void {
    stop();
    reject(new BodyBrokenOffError("the request body broke off"));
  }
  request.on("data", onData);
  request.on("end", onEnd);
  request.on("close", fail);
  // The listener stays: an 'error' nobody listens to would end the process.
  request.on("error", fail);
  return promise;
}
