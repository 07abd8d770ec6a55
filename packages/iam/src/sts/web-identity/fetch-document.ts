import type { Clock } from "@strongroom/base";

/** A document of an identity provider could not be had. The message is for the log. */
export class DocumentUnavailableError extends Error {
  override readonly name = "DocumentUnavailableError";
}

/** Gets the text behind an HTTPS URL. Rejects with DocumentUnavailableError. */
export type FetchDocument = (url: string) => Promise<string>;

const TIMEOUT_MS = 5_000;
const SIZE_LIMIT_BYTES = 256 * 1024;
/** A provider that failed is left alone this long: whoever sends tokens must not make us knock at it all the time. */
const FAILURE_PAUSE_MS = 5_000;
const FAILURES_KEPT = 1_000;

/**
 * Small documents over HTTPS, with the certificates that Node.js trusts (NODE_EXTRA_CA_CERTS adds to them): no
 * redirects, five seconds, 256 KiB.
 */
export function createFetchDocument(clock: Clock): FetchDocument {
  const failures = new Map<string, number>();
  return async (url) => {
    const failedMs = failures.get(url);
    if (failedMs !== undefined && Math.abs(clock.nowMs() - failedMs) < FAILURE_PAUSE_MS)
      throw new DocumentUnavailableError(`${url} failed a moment ago`);
    try {
      const text = await getText(url);
      failures.delete(url);
      return text;
    } catch (error) {
      if (failures.size >= FAILURES_KEPT) failures.clear();
      failures.set(url, clock.nowMs());
      if (error instanceof DocumentUnavailableError) throw error;
      throw new DocumentUnavailableError(`${url} cannot be fetched`, { cause: error });
    }
  };
}

async function getText(url: string): Promise<string> {
  if (!url.startsWith("https://")) throw new DocumentUnavailableError(`${url} is not an https URL`);
  const response = await fetch(url, {
    headers: { accept: "application/json" },
    redirect: "error",
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (response.status !== 200 || response.body === null) {
    await response.body?.cancel();
    throw new DocumentUnavailableError(`${url} answers ${response.status}`);
  }
  const pieces: Uint8Array[] = [];
  let sizeBytes = 0;
  // Leaving the loop early cancels the body.
  for await (const piece of response.body) {
    sizeBytes += piece.length;
    if (sizeBytes > SIZE_LIMIT_BYTES) throw new DocumentUnavailableError(`${url} is too large`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString("utf8");
}
