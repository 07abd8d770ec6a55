import {
  GetObjectCommand,
  type GetObjectCommandInput,
  type GetObjectCommandOutput,
} from "@aws-sdk/client-s3";
import { platform } from "#platform";
import { InvalidEnvelopeError, UnauthenticatedRangeError, UsageError } from "../errors.ts";
import type { Envelope } from "../format/envelope.ts";
import {
  type ByteRange,
  fetchRange,
  longestPlaintext,
  parseByteRange,
  parseContentRange,
  resolveRange,
} from "../object/byte-ranges.ts";
import { decryptRange } from "../object/decrypt-range.ts";
import { type ContentKey, openEnvelope, requireReadable } from "../object/reading-rules.ts";
import { type Authentication, releasePlaintext } from "../object/release-plaintext.ts";
import { type ClientContext, type RangedGets, requireRangedGets } from "./client-options.ts";
import { describeObject, type EncryptedObjectFacts } from "./encrypted-object-facts.ts";
import { type FoundEnvelope, findEnvelope } from "./find-envelope.ts";
import { discardBody, readBody } from "./read-body.ts";
import { httpOptions, type SendOptions } from "./send-options.ts";

/** The SDK's output: `Body`, `ContentLength` and `ContentRange` are the plaintext's, checksums and ETag the ciphertext's. */
export interface DecryptedGetObjectOutput extends GetObjectCommandOutput {
  readonly Encryption: EncryptedObjectFacts;
}

/** A fetched object, and everything known about how to decrypt it. */
interface Fetched extends FoundEnvelope {
  readonly output: GetObjectCommandOutput;
  readonly contentKey: ContentKey;
  readonly range: ByteRange | null;
}

/** Throws UnauthenticatedRangeError and UsageError before anything is sent, and every error of reading after. */
export async function getObject(
  context: ClientContext,
  input: GetObjectCommandInput,
  options: SendOptions,
): Promise<DecryptedGetObjectOutput> {
  const ranging = options.rangedGets ?? context.rangedGets;
  requireRangedGets(ranging);
  if (input.PartNumber !== undefined)
    throw new UsageError(
      "A part of an encrypted object cannot be decrypted by itself: ask for a range, or for all of it",
    );
  if (input.Range !== undefined && ranging === "refuse") throw new UnauthenticatedRangeError();
  const range = input.Range === undefined ? null : parseByteRange(input.Range);
  const output = await context.s3.send(
    new GetObjectCommand(toRequest(input, range, ranging)),
    httpOptions(options),
  );
  try {
    const found = await findEnvelope(
      context,
      input,
      output.Metadata,
      httpOptions(options),
      options.instructionFileSuffix,
    );
    const isPart = output.ContentRange !== undefined;
    if (isPart && (range === null || ranging !== "unauthenticated"))
      throw new UsageError("S3 sent a part of the object although none was asked for");
    // A part of the ciphertext decrypts by AES-CTR, which commits to nothing in format 2: judged like the whole.
    requireReadable(found.envelope, context.reading);
    const contentKey = await openEnvelope(found.envelope, context.reading, options.encryptionContext ?? {});
    const fetched: Fetched = { ...found, output, contentKey, range };
    return isPart ? readPart(fetched) : await readAll(context, fetched);
  } catch (error) {
    discardBody(output.Body);
    throw error;
  }
}

function toRequest(
  { Range: _, ...input }: GetObjectCommandInput,
  range: ByteRange | null,
  ranging: RangedGets,
): GetObjectCommandInput {
  return range === null || ranging !== "unauthenticated" ? input : { ...input, Range: fetchRange(range) };
}

async function readAll(context: ClientContext, fetched: Fetched): Promise<DecryptedGetObjectOutput> {
  const { output, contentKey, range } = fetched;
  const expected = output.ContentLength ?? null;
  // A range out of a whole object is cut from verified plaintext, or not at all.
  const { bufferSizeBytes, ...rules } = context.buffering;
  const buffering = {
    bufferSizeBytes,
    enableDelayedAuthentication: rules.enableDelayedAuthentication && range === null,
  };
  const released = await releasePlaintext(readBody(output.Body), contentKey, expected, buffering);
  const facts = describe(fetched, expected, released.authentication);
  const plaintextBytes = released.plaintextBytes ?? facts.plaintextBytes;
  const all = { ...facts, plaintextBytes };
  if (range === null || plaintextBytes === null) return answer(fetched, released.plaintext, all, null);
  const resolved = resolveRange(range, plaintextBytes) ?? { start: 0, end: 0 };
  return answer(fetched, slice(released.plaintext, resolved.start, resolved.end), all, resolved);
}

function readPart(fetched: Fetched): DecryptedGetObjectOutput {
  const { output, contentKey, envelope, range } = fetched;
  const part = parseContentRange(output.ContentRange ?? "");
  if (part === null || range === null)
    throw new InvalidEnvelopeError("S3 sent a part of the object without saying which");
  if ("suffixBytes" in range && !envelope.suite.isAuthenticated)
    throw new UsageError(
      "The end of an AES-CBC object is known only when all of it is read: ask for bytes=first-last",
    );
  const plaintextBytes = longestPlaintext(envelope.suite, part.total);
  const resolved = resolveRange(range, plaintextBytes) ?? { start: 0, end: 0 };
  const plaintext = decryptRange(readBody(output.Body), contentKey, {
    first: part.first,
    last: part.last,
    totalBytes: part.total,
    ...resolved,
  });
  return answer(fetched, plaintext, describe(fetched, part.total, "none"), resolved);
}

function describe(
  { envelope, location }: Fetched,
  ciphertextBytes: number | null,
  authentication: Authentication,
): EncryptedObjectFacts {
  return describeObject(envelope, location, ciphertextBytes, authentication);
}

function answer(
  { output, envelope }: { readonly output: GetObjectCommandOutput; readonly envelope: Envelope },
  plaintext: AsyncIterable<Uint8Array>,
  facts: EncryptedObjectFacts,
  range: { readonly start: number; readonly end: number } | null,
): DecryptedGetObjectOutput {
  const { ContentLength: _length, ContentRange: _range, Body: _body, ...rest } = output;
  // Of an AES-CBC object the ciphertext's size is all that is known while nothing was read.
  const length = range === null ? (facts.plaintextBytes ?? output.ContentLength) : range.end - range.start;
  const isExact = envelope.suite.isAuthenticated || facts.authentication === "verified";
  const isEmpty = range === null || range.end === range.start;
  return {
    ...rest,
    Body: platform.toBody(plaintext) as NonNullable<GetObjectCommandOutput["Body"]>,
    ...(length === undefined ? {} : { ContentLength: length }),
    ...(isEmpty || !isExact
      ? {}
      : { ContentRange: `bytes ${range.start}-${range.end - 1}/${facts.plaintextBytes}` }),
    Encryption: facts,
  };
}

async function* slice(
  pieces: AsyncIterable<Uint8Array>,
  start: number,
  end: number,
): AsyncGenerator<Uint8Array> {
  let at = 0;
  for await (const piece of pieces) {
    const kept = piece.subarray(Math.max(0, start - at), Math.max(0, end - at));
    at += piece.length;
    if (kept.length > 0) yield kept;
  }
}
