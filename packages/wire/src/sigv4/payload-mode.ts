import { WireError } from "../wire-error.ts";
import type { PayloadMode } from "./request-signature.ts";

const UNSIGNED = "UNSIGNED-PAYLOAD";
const STREAMING: ReadonlyMap<string, PayloadMode> = new Map([
  ["STREAMING-UNSIGNED-PAYLOAD-TRAILER", { kind: "streaming", signed: false, trailer: true }],
  ["STREAMING-AWS4-HMAC-SHA256-PAYLOAD", { kind: "streaming", signed: true, trailer: false }],
  ["STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", { kind: "streaming", signed: true, trailer: true }],
]);
const EMPTY_SHA256_HEX = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/** Reads x-amz-content-sha256. Throws NotImplemented for ECDSA chunks, InvalidArgument for anything unknown. */
export function parsePayloadMode(text: string): PayloadMode {
  if (/^[0-9a-f]{64}$/.test(text)) return { kind: "sha256", hex: text };
  if (text === UNSIGNED) return { kind: "unsigned" };
  const streaming = STREAMING.get(text);
  if (streaming !== undefined) return streaming;
  if (/^STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD(-TRAILER)?$/.test(text)) {
    throw new WireError("NotImplemented", `The chunk encoding algorithm ${text} is not supported.`);
  }
  const accepted =
    "UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, " +
    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER, STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD, " +
    "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER or a valid sha256 value.";
  throw new WireError("InvalidArgument", `x-amz-content-sha256 must be ${accepted}`, {
    ArgumentName: "x-amz-content-sha256",
    ArgumentValue: text,
  });
}

/** The last line of the canonical request. `bodySha256Hex` counts for kind "body" only; default: an empty body. */
export function printPayloadHash(mode: PayloadMode, bodySha256Hex: string = EMPTY_SHA256_HEX): string {
  switch (mode.kind) {
    case "sha256":
      return mode.hex;
    case "unsigned":
      return UNSIGNED;
    case "streaming":
      return `STREAMING-${mode.signed ? "AWS4-HMAC-SHA256-PAYLOAD" : UNSIGNED}${mode.trailer ? "-TRAILER" : ""}`;
    case "body":
      return bodySha256Hex;
  }
}
