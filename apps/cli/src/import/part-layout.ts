const MIB = 1 << 20;
/** What common tools cut objects into, in MiB, the most common first. */
const COMMON_MIB = [8, 5, 16, 10, 15, 6, 20, 25, 32, 50, 64, 100, 128, 256, 512, 1024];
const MIN_PART_BYTES = 5 * MIB;

/**
 * Sizes of `partCount` parts that a tool would probably have made of `totalBytes`, where the source does not tell. The ETag then
 * shows whether it is so.
 */
export function guessPartSizes(totalBytes: number, partCount: number): readonly number[] {
  if (partCount <= 1) return [totalBytes];
  const fits = (partBytes: number): boolean => Math.ceil(totalBytes / partBytes) === partCount;
  const rounded = Math.ceil(totalBytes / partCount / MIB) * MIB;
  const exact = Math.ceil(totalBytes / partCount);
  const candidates = [...COMMON_MIB.map((mib) => mib * MIB), rounded, exact];
  const partBytes = Math.max(candidates.find(fits) ?? exact, MIN_PART_BYTES);
  const sizes: number[] = [];
  for (let rest = totalBytes; rest > 0; rest -= partBytes) sizes.push(Math.min(rest, partBytes));
  return sizes;
}
