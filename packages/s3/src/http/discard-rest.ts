import type { IncomingMessage } from "node:http";

/** A refused upload may still be on its way; up to this much of it is swallowed so that the answer can be read. */
const DISCARD_LIMIT_BYTES = 16 * 1024 * 1024;
const DISCARD_LIMIT_MS = 5_000;

/**
 * Reads what is left of a request whose answer was already written, within limits of size and time, so that the
 * connection can be used again. Beyond them the socket is destroyed: a client that keeps sending after a refusal
 * costs no more than this.
 */
export function discardRest(message: IncomingMessage): void {
  if (message.readableEnded || message.destroyed) return;
  if (message.complete) {
    message.resume();
    return;
  }
  let discardedBytes = 0;
  const timer = setTimeout(() => message.socket.destroy(), DISCARD_LIMIT_MS);
  timer.unref();
  message.on("data", (chunk: Buffer) => {
    discardedBytes += chunk.length;
    if (discardedBytes > DISCARD_LIMIT_BYTES) message.socket.destroy();
  });
  message.on("error", ignore);
  message.once("close", () => clearTimeout(timer));
  message.once("end", () => clearTimeout(timer));
  message.resume();
}

function ignore(): void {
  // A sender that hangs up while its refused body is being discarded is no event.
}
