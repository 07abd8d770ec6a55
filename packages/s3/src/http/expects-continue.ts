/** Looked for in the raw headers: `IncomingMessage.headers` would take them all apart for one. */
export function expectsContinue(rawHeaders: readonly string[]): boolean {
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    if (rawHeaders[at]?.length === 6 && rawHeaders[at]?.toLowerCase() === "expect") {
      return rawHeaders[at + 1]?.toLowerCase() === "100-continue";
    }
  }
  return false;
}
