import { digestsOf } from "../../harness/plain-digests.ts";
import {
  type ChunkSigning,
  frameChunks,
  STREAMING_PAYLOAD,
  sha256Hex,
  UNSIGNED_PAYLOAD,
} from "../../harness/sigv4-signer.ts";
import { bytesOf } from "../../harness/test-bytes.ts";
import type { BadInputBench, BadInputCase, Expectation } from "./bad-input-bench.ts";

const SIZES = [100, 5000, 200_000] as const;
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");

/** A PUT whose declared and sent bytes may differ; then nothing may be stored. */
async function putBroken(
  bench: BadInputBench,
  what: string,
  input: {
    readonly headers?: Record<string, string>;
    readonly payloadHash?: string;
    readonly body: Buffer;
    readonly declared?: number;
    readonly afterwards?: "wait" | "end" | "destroy";
  },
  expected: Expectation,
): Promise<void> {
  const objectKey = bench.newKey();
  const { head } = bench.head({
    objectKey,
    headers: { "content-length": String(input.declared ?? input.body.length), ...input.headers },
    payloadHash: input.payloadHash ?? UNSIGNED_PAYLOAD,
  });
  const afterwards = input.afterwards ?? "wait";
  bench.expect(await bench.exchange({ send: [head, input.body], afterwards }), expected, what);
  await bench.assertNothingStored(objectKey, what);
}

const INCOMPLETE: Expectation = { status: 400, codes: ["IncompleteBody", "RequestTimeout"], orClosed: true };

const lengthCases: BadInputCase[] = SIZES.flatMap((size) => [
  {
    name: `body of ${size} bytes, one byte shorter than declared, then the end`,
    run: (bench) =>
      putBroken(
        bench,
        "shorter",
        { body: bytesOf("short", size - 1), declared: size, afterwards: "end" },
        INCOMPLETE,
      ),
  },
  {
    name: `body of ${size} bytes, cut in the middle`,
    run: (bench) =>
      putBroken(
        bench,
        "cut",
        { body: bytesOf("cut", Math.floor(size / 2)), declared: size, afterwards: "destroy" },
        { status: 400, codes: [], orClosed: true },
      ),
  },
]);

const digestCases: BadInputCase[] = SIZES.flatMap((size) => {
  const body = bytesOf("digest", size);
  const other = bytesOf("other", size);
  const algorithms = ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"] as const;
  return [
    {
      name: `wrong Content-MD5 of ${size} bytes`,
      run: (bench: BadInputBench) =>
        putBroken(
          bench,
          "MD5",
          { body, headers: { "content-md5": base64(digestsOf(other).MD5) } },
          { status: 400, codes: ["BadDigest"] },
        ),
    },
    {
      name: `wrong x-amz-content-sha256 of ${size} bytes`,
      run: (bench: BadInputBench) =>
        putBroken(
          bench,
          "sha256",
          { body, payloadHash: sha256Hex(other) },
          { status: 400, codes: ["XAmzContentSHA256Mismatch"] },
        ),
    },
    ...algorithms.map((algorithm) => ({
      name: `wrong ${algorithm} of ${size} bytes`,
      run: (bench: BadInputBench) =>
        putBroken(
          bench,
          algorithm,
          {
            body,
            headers: { [`x-amz-checksum-${algorithm.toLowerCase()}`]: base64(digestsOf(other)[algorithm]) },
          },
          { status: 400, codes: ["BadDigest"] },
        ),
    })),
  ];
});

const claimCases: BadInputCase[] = [
  ["Content-MD5 that is no base64", { "content-md5": "not base64!" }, ["InvalidDigest"]],
  ["Content-MD5 of 15 bytes", { "content-md5": base64(Buffer.alloc(15)) }, ["InvalidDigest"]],
  ["checksum of the wrong length", { "x-amz-checksum-crc32": base64(Buffer.alloc(5)) }, ["InvalidRequest"]],
  ["checksum that is no base64", { "x-amz-checksum-sha256": "%%%" }, ["InvalidRequest"]],
  ["unknown checksum algorithm", { "x-amz-sdk-checksum-algorithm": "MD4" }, ["InvalidRequest"]],
  [
    "two checksums",
    { "x-amz-checksum-crc32": base64(Buffer.alloc(4)), "x-amz-checksum-sha1": base64(Buffer.alloc(20)) },
    ["InvalidRequest"],
  ],
].map(([name, headers, codes]) => ({
  name: String(name),
  run: (bench) =>
    putBroken(
      bench,
      String(name),
      { body: Buffer.from("body"), headers: headers as Record<string, string> },
      { status: 400, codes: codes as string[] },
    ),
}));

/** Breaks the frames of an aws-chunked body in one way. */
async function putFramed(
  bench: BadInputBench,
  what: string,
  kind: ChunkSigning,
  expected: Expectation,
  breakFrames: (frames: Buffer[]) => { frames: Buffer[]; afterwards?: "end" },
  options: { readonly decoded?: number; readonly trailer?: Record<string, string> } = {},
): Promise<void> {
  const objectKey = bench.newKey();
  const body = bytesOf("framed", 150_000);
  const chunks = [body.subarray(0, 65_536), body.subarray(65_536, 131_072), body.subarray(131_072)];
  const trailer = options.trailer ?? { "x-amz-checksum-crc32": base64(digestsOf(body).CRC32) };
  // The length is signed before a frame exists: frames of right signatures are as long as any.
  const measure = (frames: readonly Buffer[]): number => frames.reduce((sum, frame) => sum + frame.length, 0);
  const scope = { signature: "0".repeat(64), signingKey: Buffer.alloc(32), timestamp: "", scope: "" };
  const length = measure(breakFrames(frameChunks(kind, chunks, trailer, scope)).frames);
  const { head, signing } = bench.head({
    objectKey,
    headers: {
      "content-length": String(length),
      "content-encoding": "aws-chunked",
      "x-amz-decoded-content-length": String(options.decoded ?? body.length),
      ...(kind === "signed" ? {} : { "x-amz-trailer": "x-amz-checksum-crc32" }),
    },
    payloadHash: STREAMING_PAYLOAD[kind],
  });
  const broken = breakFrames(frameChunks(kind, chunks, trailer, signing));
  const answer = await bench.exchange({
    send: [head, ...broken.frames],
    afterwards: broken.afterwards ?? "wait",
  });
  bench.expect(answer, expected, what);
  if (expected.status !== 200) await bench.assertNothingStored(objectKey, what);
}

const BAD_SIGNATURE: Expectation = { status: 403, codes: ["SignatureDoesNotMatch"] };
const BAD_FRAME: Expectation = {
  status: 400,
  codes: ["IncompleteBody", "InvalidRequest", "InvalidChunkSizeError", "MalformedTrailerError"],
  orClosed: true,
};
const OK: Expectation = { status: 200, codes: [] };

function changed(
  frames: readonly Buffer[],
  index: number,
  change: (frame: Buffer) => Buffer,
): { frames: Buffer[] } {
  return { frames: frames.map((frame, at) => (at === index ? change(Buffer.from(frame)) : frame)) };
}

const flip =
  (offset: number) =>
  (frame: Buffer): Buffer => {
    const at = offset < 0 ? frame.length + offset : offset;
    frame[at] = (frame[at] ?? 0) ^ 1;
    return frame;
  };

const swapFirstTwo = ([first, second, ...rest]: Buffer[]): { frames: Buffer[] } => ({
  frames: [second, first, ...rest].filter((frame) => frame !== undefined),
});

const chunkCases: BadInputCase[] = (["signed", "signed-trailer"] as const).flatMap((kind) => [
  {
    name: `${kind} chunks, all in order (control)`,
    run: (bench) => putFramed(bench, "control", kind, OK, (frames) => ({ frames })),
  },
  ...[0, 1, 2].map(
    (index): BadInputCase => ({
      name: `${kind} chunk ${index} with one byte of data changed`,
      run: (bench) =>
        putFramed(bench, "data", kind, BAD_SIGNATURE, (frames) => changed(frames, index, flip(1000))),
    }),
  ),
  {
    name: `${kind} chunks in another order`,
    run: (bench) => putFramed(bench, "swapped", kind, BAD_SIGNATURE, swapFirstTwo),
  },
  {
    name: `${kind} chunks with one left out`,
    run: (bench) =>
      putFramed(bench, "left out", kind, { status: 403, codes: ["SignatureDoesNotMatch"] }, (frames) => ({
        frames: frames.toSpliced(1, 1),
      })),
  },
  {
    name: `${kind} chunks without the last, empty one`,
    run: (bench) =>
      putFramed(bench, "no end", kind, BAD_FRAME, (frames) => ({
        frames: frames.slice(0, 3),
        afterwards: "end",
      })),
  },
]);

const frameCases: BadInputCase[] = [
  {
    name: "unsigned chunks with a right trailer (control)",
    run: (bench) => putFramed(bench, "control", "unsigned-trailer", OK, (frames) => ({ frames })),
  },
  {
    name: "unsigned chunks whose trailer is wrong",
    run: (bench) =>
      putFramed(
        bench,
        "trailer",
        "unsigned-trailer",
        { status: 400, codes: ["BadDigest"] },
        (frames) => ({ frames }),
        {
          trailer: { "x-amz-checksum-crc32": base64(Buffer.alloc(4)) },
        },
      ),
  },
  {
    name: "signed trailer with a broken signature",
    run: (bench) =>
      putFramed(bench, "signature", "signed-trailer", BAD_SIGNATURE, (frames) =>
        changed(frames, 4, flip(-6)),
      ),
  },
  {
    name: "trailer that was not announced",
    run: (bench) =>
      putFramed(
        bench,
        "not announced",
        "unsigned-trailer",
        { status: 400, codes: ["MalformedTrailerError", "InvalidRequest"] },
        (frames) => ({ frames }),
        {
          trailer: { "x-amz-checksum-sha1": base64(Buffer.alloc(20)) },
        },
      ),
  },
  ...[
    ["chunk size that is no number", "zz\r\n"],
    ["negative chunk size", "-5\r\n"],
    ["chunk size of 2^64", "10000000000000000\r\n"],
    ["chunk size without an end", "1".repeat(20_000)],
  ].map(
    ([name, start]): BadInputCase => ({
      name: String(name),
      run: (bench) =>
        putFramed(bench, String(name), "unsigned-trailer", BAD_FRAME, (frames) => ({
          frames: [Buffer.from(String(start)), ...frames.slice(1)],
          afterwards: "end",
        })),
    }),
  ),
  ...[149_999, 150_001].map(
    (decoded): BadInputCase => ({
      name: `150,000 bytes in chunks, ${decoded} declared`,
      run: (bench) =>
        putFramed(bench, "decoded length", "signed", BAD_FRAME, (frames) => ({ frames }), { decoded }),
    }),
  ),
];

export const BODY_CASES: readonly BadInputCase[] = [
  ...lengthCases,
  ...digestCases,
  ...claimCases,
  ...chunkCases,
  ...frameCases,
];
