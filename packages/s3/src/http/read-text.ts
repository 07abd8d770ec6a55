import { timingSafeEqual } from "node:crypto";
import type { BodyIntegrity } from "@strongroom/store";
import { createChecksum } from "@strongroom/wire";
import { s3Error } from "../errors.ts";

/**
 * A whole small body as text, after every digest the request claims was compared with it. Throws
 * MaxMessageLengthExceeded, BadDigest, and MalformedXML for bytes that are no UTF-8.
 */
export async function readText(
  body: AsyncIterable<Uint8Array>,
  integrity: BodyIntegrity,
  limitBytes: number,
): Promise<string> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  if ((integrity.sizeBytes ?? 0) > limitBytes) throw tooLong(limitBytes);
  for await (const chunk of body) {
    sizeBytes += chunk.length;
    if (sizeBytes > limitBytes) throw tooLong(limitBytes);
    chunks.push(chunk);
  }
  const bytes = Buffer.concat(chunks, sizeBytes);
  verifyDigests(bytes, integrity);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw s3Error("MalformedXML");
  }
}

function verifyDigests(bytes: Buffer, integrity: BodyIntegrity): void {
  if (integrity.contentMd5 !== undefined) {
    const running = createChecksum("MD5");
    running.update(bytes);
    const calculated = running.digest();
    if (!timingSafeEqual(calculated, integrity.contentMd5)) {
      throw s3Error("BadDigest", {
        fields: {
          ExpectedDigest: Buffer.from(integrity.contentMd5).toString("base64"),
          CalculatedDigest: calculated.toString("base64"),
        },
      });
    }
  }
  const claim = integrity.checksum;
  const expected = claim?.expected();
  if (claim === undefined || expected === undefined) return;
  const running = createChecksum(claim.algorithm);
  running.update(bytes);
  if (!timingSafeEqual(running.digest(), expected)) {
    throw s3Error("BadDigest", {
      message: `The ${claim.algorithm} you specified did not match the calculated checksum.`,
    });
  }
}

function tooLong(limitBytes: number): Error {
  return s3Error("MaxMessageLengthExceeded", { fields: { MaxMessageLengthBytes: String(limitBytes) } });
}
