/**
 * Cuts a run of items into pages. Returns where each page starts; the first start is 0.
 *
 * Balanced, every page gets about the same bytes, so that later insertions anywhere find room. When the run grew at
 * its end (keys that arrive in ascending order), pages are filled instead: what lies left of the end is not going
 * to grow, and half-empty pages would stay so.
 */
export function splitPoints(
  sizesBytes: readonly number[],
  pageBytes: number,
  grewAtEnd: boolean,
  minItems: number,
): readonly number[] {
  const total = sizesBytes.reduce((sum, size) => sum + size, 0);
  const starts = [0];
  if (total <= pageBytes) return starts;
  const goal = grewAtEnd ? pageBytes : total / Math.ceil(total / pageBytes);
  let filled = 0;
  let items = 0;
  for (let at = 0; at < sizesBytes.length; at++) {
    const size = sizesBytes[at] ?? 0;
    // Balanced pages may pass the goal by half an item; filled pages never pass the limit.
    const isFull = filled + (grewAtEnd ? size : size / 2) > goal || filled + size > pageBytes;
    if (isFull && items >= minItems && sizesBytes.length - at >= minItems) {
      starts.push(at);
      filled = 0;
      items = 0;
    }
    filled += size;
    items++;
  }
  return starts;
}
