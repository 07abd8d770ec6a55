import { createHash, createHmac } from "node:crypto";

/** A signer of the tests' own, so that the server is never checked with its own code. */

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export const UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD";
export const EMPTY_SHA256 = createHash("sha256").digest("hex");

export interface SignInput {
  readonly method: string;
  /** Already percent-encoded, as it is sent. */
  readonly path: string;
  readonly query: readonly (readonly [string, string])[];
  /** All of these are signed; must hold `host`. */
  readonly headers: Readonly<Record<string, string>>;
  readonly payloadHash: string;
  readonly credentials: Credentials;
  readonly region: string;
  readonly service?: string;
  readonly dateMs?: number;
}

export interface SigningScope {
  readonly signature: string;
  readonly signingKey: Buffer;
  readonly timestamp: string;
  readonly scope: string;
}

export const sha256Hex = (bytes: Uint8Array | string): string =>
  createHash("sha256").update(bytes).digest("hex");

const hmac = (key: Uint8Array | string, text: string): Buffer =>
  createHmac("sha256", key).update(text).digest();

/** RFC 3986 encoding of all but the unreserved characters. */
export function encodeUri(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

export const encodeKeyPath = (objectKey: string): string => objectKey.split("/").map(encodeUri).join("/");

export function printQuery(query: readonly (readonly [string, string])[]): string {
  return query.map(([name, value]) => `${encodeUri(name)}=${encodeUri(value)}`).join("&");
}

/** Sorted by name, then by value: not by the whole text, in which "=" stands behind "-". */
const canonicalQuery = (query: SignInput["query"]): string =>
  query
    .map(([name, value]) => [encodeUri(name), encodeUri(value)] as const)
    .sort(([name, value], [otherName, otherValue]) =>
      name === otherName ? compareTexts(value, otherValue) : compareTexts(name, otherName),
    )
    .map(([name, value]) => `${name}=${value}`)
    .join("&");

const compareTexts = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

export const timestampOf = (dateMs: number): string =>
  new Date(dateMs).toISOString().replace(/[-:]|\.\d+/g, "");

/** The signature of a request whose headers already hold whatever has to be signed. */
export function signatureOf(input: SignInput, timestamp: string): SigningScope {
  const { credentials, region, service = "s3" } = input;
  const day = timestamp.slice(0, 8);
  const scope = `${day}/${region}/${service}/aws4_request`;
  const names = Object.keys(input.headers).sort();
  const canonicalRequest = [
    input.method,
    input.path,
    canonicalQuery(input.query),
    ...names.map((name) => `${name}:${(input.headers[name] ?? "").trim().replace(/ +/g, " ")}`),
    "",
    names.join(";"),
    input.payloadHash,
  ].join("\n");
  const text = ["AWS4-HMAC-SHA256", timestamp, scope, sha256Hex(canonicalRequest)].join("\n");
  const signingKey = [day, region, service, "aws4_request"].reduce<Buffer>(
    (key, part) => hmac(key, part),
    Buffer.from(`AWS4${credentials.secretAccessKey}`),
  );
  return { signature: hmac(signingKey, text).toString("hex"), signingKey, timestamp, scope };
}

/** Adds `x-amz-date`, `x-amz-content-sha256` and `authorization` to the headers. Names must be lower case. */
export function signHeaders(input: SignInput): { headers: Record<string, string>; signing: SigningScope } {
  const timestamp = timestampOf(input.dateMs ?? Date.now());
  const headers: Record<string, string> = {
    ...input.headers,
    "x-amz-date": timestamp,
    "x-amz-content-sha256": input.payloadHash,
  };
  const signing = signatureOf({ ...input, headers }, timestamp);
  const names = Object.keys(headers).sort().join(";");
  headers["authorization"] =
    `AWS4-HMAC-SHA256 Credential=${input.credentials.accessKeyId}/${signing.scope}, ` +
    `SignedHeaders=${names}, Signature=${signing.signature}`;
  return { headers, signing };
}

/** The query of a presigned URL for `input` (whose headers are those that are signed). */
export function presignQuery(
  input: Omit<SignInput, "payloadHash"> & { readonly expiresSeconds: number },
): [string, string][] {
  const timestamp = timestampOf(input.dateMs ?? Date.now());
  const day = timestamp.slice(0, 8);
  const query: [string, string][] = [
    ...input.query.map(([name, value]): [string, string] => [name, value]),
    ["X-Amz-Algorithm", "AWS4-HMAC-SHA256"],
    [
      "X-Amz-Credential",
      `${input.credentials.accessKeyId}/${day}/${input.region}/${input.service ?? "s3"}/aws4_request`,
    ],
    ["X-Amz-Date", timestamp],
    ["X-Amz-Expires", String(input.expiresSeconds)],
    ["X-Amz-SignedHeaders", Object.keys(input.headers).sort().join(";")],
  ];
  const { signature } = signatureOf({ ...input, query, payloadHash: UNSIGNED_PAYLOAD }, timestamp);
  return [...query, ["X-Amz-Signature", signature]];
}

export type ChunkSigning = "signed" | "signed-trailer" | "unsigned-trailer";

/** The value of `x-amz-content-sha256` for each framing. */
export const STREAMING_PAYLOAD = {
  signed: "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
  "signed-trailer": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
  "unsigned-trailer": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
} as const satisfies Record<ChunkSigning, string>;

/** `aws-chunked` frames of `chunks`, with `trailer` at the end; each frame is one element, for tests that break one. */
export function frameChunks(
  kind: ChunkSigning,
  chunks: readonly Uint8Array[],
  trailer: Readonly<Record<string, string>>,
  signing: SigningScope,
): Buffer[] {
  let previous = signing.signature;
  const sign = (label: string, ...hashes: string[]): string => {
    const text = [label, signing.timestamp, signing.scope, previous, ...hashes].join("\n");
    previous = hmac(signing.signingKey, text).toString("hex");
    return previous;
  };
  const frames = [...chunks, Buffer.alloc(0)].map((chunk) => {
    const head = chunk.length.toString(16);
    if (kind === "unsigned-trailer") {
      const end = chunk.length === 0 ? "" : "\r\n";
      return Buffer.concat([Buffer.from(`${head}\r\n`), chunk, Buffer.from(end)]);
    }
    const signature = sign("AWS4-HMAC-SHA256-PAYLOAD", EMPTY_SHA256, sha256Hex(chunk));
    const end = chunk.length === 0 && kind === "signed-trailer" ? "" : "\r\n";
    return Buffer.concat([Buffer.from(`${head};chunk-signature=${signature}\r\n`), chunk, Buffer.from(end)]);
  });
  if (kind === "signed") return frames;
  const lines = Object.entries(trailer).map(([name, value]) => `${name}:${value}`);
  if (kind === "signed-trailer") {
    const hash = sha256Hex(lines.map((line) => `${line}\n`).join(""));
    lines.push(`x-amz-trailer-signature:${sign("AWS4-HMAC-SHA256-TRAILER", hash)}`);
  }
  frames.push(Buffer.from(`${lines.map((line) => `${line}\r\n`).join("")}\r\n`));
  return frames;
}
