// How ciphertext that is held in memory leaves under Node.js over TLS: as the SDK sends streams, with its checksum behind it and no hash
// of it in the signature, but from memory, so that retries work. It is encrypted and summed while it is on its way.
import type { PutObjectCommand, UploadPartCommand } from "@aws-sdk/client-s3";
import { platform } from "#platform";
import { type Bytes, EMPTY } from "../bytes.ts";
import { describeChunked, encodeChunked } from "./aws-chunked.ts";
import type { ClientContext } from "./client-options.ts";
import { cutIntoPieces, joinPieces, type ReplayablePieces } from "./replayable-pieces.ts";

/** Below this, two hashes cost less than a stream does. */
const MIN_BYTES = 128 * 1024;

/** What the SDK hands to middleware. */
interface WireRequest {
  readonly protocol: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/**
 * Whether a body may go out in pieces: not where the caller wants it signed or summed otherwise than by CRC-32, nor through
 * a request handler that is not the SDK's own for Node.js.
 */
export async function sendsPieces(
  { s3, signPayloads }: ClientContext,
  { ChecksumAlgorithm = "CRC32" }: { readonly ChecksumAlgorithm?: string | undefined },
  sizeBytes: number,
): Promise<boolean> {
  if (platform.crc32 === null || signPayloads || ChecksumAlgorithm !== "CRC32" || sizeBytes < MIN_BYTES)
    return false;
  const { requestHandler, requestChecksumCalculation } = s3.config;
  if (requestHandler.metadata?.handlerProtocol !== "http/1.1") return false;
  return (await requestChecksumCalculation()) === "WHEN_SUPPORTED";
}

/** `make` with a body and its length, and what it made with the body attached as it leaves best. */
export async function withHeldBody<Command extends PutObjectCommand | UploadPartCommand>(
  context: ClientContext,
  input: { readonly ChecksumAlgorithm?: string | undefined },
  ciphertext: Bytes,
  make: (body: { readonly Body: Bytes; readonly ContentLength: number }) => Command,
): Promise<Command> {
  const ContentLength = ciphertext.length;
  if (!(await sendsPieces(context, input, ContentLength))) return make({ Body: ciphertext, ContentLength });
  const command = make({ Body: EMPTY, ContentLength });
  attachPieces(command, cutIntoPieces(ciphertext));
  return command;
}

/** The part of a command's steps that is used here, whatever goes in and comes out. */
interface Steps {
  add(
    step: Step,
    options: { step: "build" | "finalizeRequest"; priority: "high" | "low"; name: string },
  ): void;
}

type Step = (next: Next) => Next;
type Next = (args: Arguments) => Promise<never>;

interface Arguments {
  readonly request: unknown;
}

/**
 * Gives a command its body in place of `EMPTY`; its `ContentLength` is that of the pieces. The headers are made once, around the SDK's
 * own checksum; the body anew for each attempt, after the signature, which does not cover it.
 */
export function attachPieces(command: PutObjectCommand | UploadPartCommand, pieces: ReplayablePieces): void {
  const { crc32 } = platform;
  if (crc32 === null) throw new TypeError("This platform has no CRC-32");
  const steps = command.middlewareStack as unknown as Steps;
  let isChunked = false;
  const chooseCoding: Step = (next) => async (args) => {
    isChunked = requireRequest(args.request).protocol === "https:";
    // Without TLS nothing but the signature protects the body: it is sent as the SDK sends any bytes.
    return next(isChunked ? args : withRequest(args, { body: await joinPieces(pieces) }));
  };
  const describeBody: Step = (next) => (args) => {
    if (!isChunked) return next(args);
    // The SDK has summed the empty body.
    const { "x-amz-checksum-crc32": _, ...headers } = requireRequest(args.request).headers;
    const chunked = describeChunked(pieces, headers["content-encoding"]);
    return next(withRequest(args, { headers: { ...headers, ...chunked } }));
  };
  const sendBody: Step = (next) => (args) => {
    if (!isChunked) return next(args);
    return next(withRequest(args, { body: platform.toRequestStream(encodeChunked(pieces, crc32)) }));
  };
  steps.add(chooseCoding, { step: "build", priority: "high", name: "strongroomChooseCoding" });
  steps.add(describeBody, { step: "build", priority: "low", name: "strongroomDescribeBody" });
  steps.add(sendBody, { step: "finalizeRequest", priority: "low", name: "strongroomSendBody" });
}

function withRequest(args: Arguments, changed: Partial<WireRequest>): Arguments {
  return { ...args, request: { ...requireRequest(args.request), ...changed } };
}

function requireRequest(request: unknown): WireRequest {
  if (typeof request !== "object" || request === null || !("protocol" in request && "headers" in request))
    throw new TypeError("The SDK made no HTTP request");
  return request as WireRequest;
}
