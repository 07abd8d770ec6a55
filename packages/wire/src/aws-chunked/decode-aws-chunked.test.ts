import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { SecretBytes } from "@strongroom/base";
import fc from "fast-check";
import { deriveSigningKey } from "../sigv4/signing-keys.ts";
import { WireError, type WireErrorCode } from "../wire-error.ts";
import { ChunkSignatures, type ChunkSigningContext } from "./chunk-signatures.ts";
import { type AwsChunkedOptions, decodeAwsChunked } from "./decode-aws-chunked.ts";

interface ChunkedExample {
  readonly name: string;
  readonly trailer: boolean;
  readonly seedSignature: string;
  readonly byte: number;
  readonly chunkSizes: readonly number[];
  readonly chunkSignatures: readonly string[];
  readonly trailerName?: string;
  readonly trailerValue?: string;
  readonly trailerSignature?: string;
}

const VECTORS = new URL("../../../../vectors/wire/s3-signing-examples.json", import.meta.url);
const { chunked } = JSON.parse(readFileSync(VECTORS, "utf8")) as { chunked: readonly ChunkedExample[] };
const scope = { date: "20130524", region: "us-east-1", service: "s3" };
const secret = new SecretBytes(Buffer.from("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"));
const context: ChunkSigningContext = {
  signingKey: deriveSigningKey(secret, scope),
  scope,
  amzDate: "20130524T000000Z",
  seedSignature: "0".repeat(64),
};
const SUM = "x-amz-checksum-crc32";

async function* inPieces(wire: Uint8Array, pieceBytes: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < wire.length; at += pieceBytes) yield wire.subarray(at, at + pieceBytes);
}

async function decode(
  wire: Uint8Array,
  options: AwsChunkedOptions,
  pieceBytes = 65_536,
): Promise<{ data: Buffer; trailers: ReadonlyMap<string, string> }> {
  const body = decodeAwsChunked(inPieces(wire, pieceBytes), options);
  const data: Uint8Array[] = [];
  for await (const bytes of body) data.push(bytes);
  return { data: Buffer.concat(data), trailers: body.trailers };
}

/** Frames `chunks` (the empty last one is added), signed or not, with one trailer or none. */
function encode(
  chunks: readonly Uint8Array[],
  signed: boolean,
  trailer: readonly [string, string] | null,
): Buffer {
  const signatures = new ChunkSignatures(context);
  const wire: Uint8Array[] = [];
  for (const chunk of [...chunks, Buffer.alloc(0)]) {
    const extension = signed ? `;chunk-signature=${signatures.signChunk(hash("sha256", chunk))}` : "";
    wire.push(Buffer.from(`${chunk.length.toString(16)}${extension}\r\n`), chunk);
    if (chunk.length > 0) wire.push(Buffer.from("\r\n"));
  }
  if (trailer !== null) {
    const [name, value] = trailer;
    wire.push(Buffer.from(`${name}:${value}\r\n`));
    if (signed)
      wire.push(Buffer.from(`x-amz-trailer-signature:${signatures.signTrailer(`${name}:${value}\n`)}\r\n`));
  }
  return Buffer.concat([...wire, Buffer.from("\r\n")]);
}

function optionsFor(signed: boolean, trailer: boolean, decodedSizeBytes: number): AwsChunkedOptions {
  return {
    payload: { kind: "streaming", signed, trailer },
    decodedSizeBytes,
    signing: signed ? context : undefined,
    trailerNames: trailer ? [SUM] : undefined,
  };
}

for (const example of chunked) {
  test(`S3 API Reference, ${example.name}`, async () => {
    const wire: Buffer[] = [];
    example.chunkSizes.forEach((size, index) => {
      wire.push(Buffer.from(`${size.toString(16)};chunk-signature=${example.chunkSignatures[index]}\r\n`));
      wire.push(Buffer.alloc(size, example.byte), Buffer.from(size > 0 ? "\r\n" : ""));
    });
    if (example.trailer) {
      wire.push(Buffer.from(`${example.trailerName}:${example.trailerValue}\r\n`));
      wire.push(Buffer.from(`x-amz-trailer-signature:${example.trailerSignature}\r\n`));
    }
    wire.push(Buffer.from("\r\n"));
    const { data, trailers } = await decode(Buffer.concat(wire), {
      payload: { kind: "streaming", signed: true, trailer: example.trailer },
      decodedSizeBytes: 66_560,
      signing: { ...context, seedSignature: example.seedSignature },
      trailerNames: example.trailerName === undefined ? [] : [example.trailerName],
    });
    assert.ok(data.equals(Buffer.alloc(66_560, example.byte)));
    assert.equal(trailers.size, example.trailer ? 1 : 0);
  });
}

const anyChunks = fc.tuple(
  fc.array(fc.uint8Array({ minLength: 8192, maxLength: 9000 }), { maxLength: 3 }),
  fc.uint8Array({ maxLength: 200 }),
);

test("decode(encode(chunks)) is the data, in all four modes, however the source is cut", async () => {
  await fc.assert(
    fc.asyncProperty(
      anyChunks,
      fc.boolean(),
      fc.boolean(),
      fc.integer({ min: 1, max: 5000 }),
      async (parts, signed, trailer, piece) => {
        const chunks = [...parts[0], parts[1]].filter((chunk) => chunk.length > 0);
        const data = Buffer.concat(chunks);
        const wire = encode(chunks, signed, trailer ? [SUM, "AAAAAA=="] : null);
        const decoded = await decode(wire, optionsFor(signed, trailer, data.length), piece);
        assert.ok(decoded.data.equals(data));
        assert.deepEqual([...decoded.trailers], trailer ? [[SUM, "AAAAAA=="]] : []);
      },
    ),
    { numRuns: 60 },
  );
});

test("[L-162] every flipped byte of a signed body is refused", async () => {
  const chunks = [Buffer.alloc(8192, 1), Buffer.from("tail")];
  const wire = encode(chunks, true, [SUM, "AAAAAA=="]);
  const edges = [...wire.keys()].filter((at) => at < 200 || at > 8200);
  let refused = 0;
  for (const at of edges) {
    const bad = Buffer.from(wire);
    bad[at] = (bad[at] ?? 0) ^ 1;
    try {
      await decode(bad, optionsFor(true, true, 8196));
      // Only the case of a name may change without changing what is meant.
      assert.fail(`byte ${at} was not noticed`);
    } catch (error) {
      assert.ok(error instanceof WireError, `byte ${at}: ${error}`);
      refused += 1;
    }
  }
  assert.ok(refused > 300);
});

test("a body cut at any place is refused", async () => {
  for (const [signed, trailer] of [
    [true, true],
    [true, false],
    [false, true],
  ] as const) {
    const wire = encode([Buffer.from("hello")], signed, trailer ? [SUM, "AAAAAA=="] : null);
    for (let size = 0; size < wire.length; size += 1) {
      await assert.rejects(decode(wire.subarray(0, size), optionsFor(signed, trailer, 5)), WireError);
    }
  }
});

const small = Buffer.from("0123456789");
const REFUSED: readonly [string, Uint8Array, AwsChunkedOptions, WireErrorCode][] = [
  [
    "small chunk before the last",
    encode([small, small], false, null),
    optionsFor(false, false, 20),
    "InvalidChunkSizeError",
  ],
  ["more than declared", encode([small], false, null), optionsFor(false, false, 9), "IncompleteBody"],
  ["less than declared", encode([small], false, null), optionsFor(false, false, 11), "IncompleteBody"],
  [
    "bytes behind the end",
    Buffer.concat([encode([small], false, null), small]),
    optionsFor(false, false, 10),
    "IncompleteBody",
  ],
  [
    "announced trailer missing",
    encode([small], false, null),
    optionsFor(false, true, 10),
    "MalformedTrailerError",
  ],
  [
    "another trailer than announced",
    encode([small], false, ["x-amz-checksum-sha1", "x"]),
    optionsFor(false, true, 10),
    "MalformedTrailerError",
  ],
  [
    "trailer without its signature",
    encode([small], false, [SUM, "x"]),
    optionsFor(true, true, 10),
    "IncompleteBody",
  ],
  [
    "chunk without its signature",
    encode([small], false, null),
    optionsFor(true, false, 10),
    "IncompleteBody",
  ],
  ["endless chunk header", Buffer.alloc(10_000, "0"), optionsFor(false, false, 10), "IncompleteBody"],
  ["no hexadecimal size", Buffer.from("xyz\r\n"), optionsFor(false, false, 10), "IncompleteBody"],
  ["negative size", Buffer.from("-5\r\n"), optionsFor(false, false, 10), "IncompleteBody"],
  ["size beyond 2^53", Buffer.from("ffffffffffffffff\r\n"), optionsFor(false, false, 10), "IncompleteBody"],
  [
    "chunk beyond its limit",
    encode([Buffer.alloc(9000)], true, null),
    { ...optionsFor(true, false, 9000), chunkSizeLimitBytes: 8999 },
    "InvalidChunkSizeError",
  ],
];

for (const [name, wire, options, code] of REFUSED) {
  test(`refused: ${name}`, async () => {
    await assert.rejects(decode(wire, options), { name: "WireError", code });
  });
}

test("anything at all decodes or throws WireError", async () => {
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 30 }).map((bytes) => Buffer.from(bytes)),
    fc
      .constantFrom("5\r\nhello\r\n", "0\r\n", "\r\n", "a;chunk-signature=", `${SUM}:AAAAAA==\r\n`)
      .map((text) => Buffer.from(text)),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(piece, { maxLength: 6 }),
      fc.boolean(),
      fc.boolean(),
      async (pieces, signed, trailer) => {
        try {
          await decode(Buffer.concat(pieces), optionsFor(signed, trailer, 5), 7);
        } catch (error) {
          assert.ok(error instanceof WireError);
        }
      },
    ),
    { numRuns: 500 },
  );
});

test("a reader that stops early, and a failure, both end the source", async () => {
  for (const stop of [true, false]) {
    let ended = false;
    async function* source(): AsyncGenerator<Uint8Array> {
      try {
        yield Buffer.from("5\r\nhello\r\nnot hex\r\n");
      } finally {
        ended = true;
      }
    }
    try {
      for await (const _ of decodeAwsChunked(source(), optionsFor(false, false, 50))) if (stop) break;
    } catch (error) {
      assert.ok(error instanceof WireError);
    }
    assert.ok(ended);
  }
});
