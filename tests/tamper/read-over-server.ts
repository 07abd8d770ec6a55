import assert from "node:assert/strict";
import { readingHeaders } from "../harness/schemes.ts";
import { bytesOf } from "../harness/test-bytes.ts";
import { BrokenResponseError, type WireClient } from "../harness/wire-client.ts";
import type { Sample } from "./sealed-samples.ts";

/** "right", or how it was refused; throws for a wrong byte or a clean end before the last. */
export async function readOverServer(client: WireClient, sample: Sample): Promise<string> {
  const expected = bytesOf(sample.seed, sample.sizeBytes);
  const { bucket, objectKey, versionId, scheme } = sample;
  const query = versionId === undefined ? {} : { versionId };
  try {
    const headers = readingHeaders(scheme ?? "sse-s3");
    const response = await client.request({ method: "GET", bucket, objectKey, query, headers });
    if (response.status >= 500) return String(response.status);
    assert.equal(response.status, 200, `${objectKey}: ${response.status}`);
    assert.ok(response.body.equals(expected), `${objectKey}: wrong content, ended cleanly`);
    return "right";
  } catch (error) {
    if (!(error instanceof BrokenResponseError)) throw error;
    const { received } = error;
    assert.ok(
      received.equals(expected.subarray(0, received.length)),
      `${objectKey}: a wrong byte left the server`,
    );
    return "connection broken";
  }
}
