import { EMPTY, utf8 } from "../bytes.ts";
import { UsageError } from "../errors.ts";
import { readWebStream } from "../platform/read-web-stream.ts";

/**
 * The bytes of a body, whatever the SDK takes or gives for one: bytes, text, a Blob, a stream of either kind, or any
 * async iterable of bytes or text. Undefined is empty. Throws UsageError for anything else.
 */
export function readBody(body: unknown): AsyncIterable<Uint8Array> {
  const bytes = findBytes(body);
  if (bytes !== null) return once(bytes);
  if (isBlob(body)) return readWebStream(body.stream());
  if (isAsyncIterable(body)) return toChunks(body);
  if (isWebStream(body)) return readWebStream(body);
  throw new UsageError("The body is nothing that bytes can be read from");
}

/** The bytes of a body that is in memory, else null. */
export function findBytes(body: unknown): Uint8Array | null {
  if (body === undefined || body === null) return EMPTY;
  if (typeof body === "string") return utf8(body);
  if (body instanceof Uint8Array) return body;
  if (ArrayBuffer.isView(body)) return new Uint8Array(body.buffer, body.byteOffset, body.byteLength);
  return body instanceof ArrayBuffer ? new Uint8Array(body) : null;
}

/** The body's size in bytes where it is known without reading it. */
export function knownSize(body: unknown): number | null {
  if (body === undefined || body === null) return 0;
  if (typeof body === "string") return utf8(body).length;
  if (ArrayBuffer.isView(body) || body instanceof ArrayBuffer) return body.byteLength;
  return isBlob(body) ? body.size : null;
}

/** Lets go of a body that nobody will read, and with it of its connection. */
export function discardBody(body: unknown): void {
  if (typeof body !== "object" || body === null) return;
  if ("destroy" in body && typeof body.destroy === "function") {
    // A stream that is torn down may still report an error: nobody is interested any more.
    if ("on" in body && typeof body.on === "function") body.on("error", () => undefined);
    body.destroy();
  } else if (isWebStream(body) && !body.locked) {
    body.cancel().catch(() => undefined);
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  if (bytes.length > 0) yield bytes;
}

async function* toChunks(body: AsyncIterable<unknown>): AsyncGenerator<Uint8Array> {
  for await (const chunk of body) {
    if (chunk instanceof Uint8Array) yield chunk;
    else if (typeof chunk === "string") yield utf8(chunk);
    else throw new UsageError("The body's chunks are neither bytes nor text");
  }
}

function isBlob(body: unknown): body is Blob {
  return typeof Blob === "function" && body instanceof Blob;
}

function isAsyncIterable(body: unknown): body is AsyncIterable<unknown> {
  return typeof body === "object" && body !== null && Symbol.asyncIterator in body;
}

function isWebStream(body: unknown): body is ReadableStream<Uint8Array> {
  return typeof body === "object" && body !== null && "getReader" in body;
}
