const INTERVAL_MS = 200;
const MIB = 1 << 20;

/** Passes a body on and tells on standard error how far it is; on a terminal only, unless it is asked for. */
export async function* withProgress(
  body: AsyncIterable<Uint8Array>,
  totalBytes: number | null,
  isWanted: boolean | null,
): AsyncGenerator<Uint8Array> {
  const shows = isWanted ?? process.stderr.isTTY === true;
  let doneBytes = 0;
  let shownMs = 0;
  const show = (): void => {
    const total = totalBytes === null ? "" : ` of ${(totalBytes / MIB).toFixed(1)}`;
    process.stderr.write(`\r${(doneBytes / MIB).toFixed(1)}${total} MiB`);
    shownMs = performance.now();
  };
  for await (const chunk of body) {
    doneBytes += chunk.length;
    if (shows && performance.now() - shownMs > INTERVAL_MS) show();
    yield chunk;
  }
  if (!shows) return;
  show();
  process.stderr.write("\n");
}
