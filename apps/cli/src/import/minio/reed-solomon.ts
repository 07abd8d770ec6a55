import { damaged } from "../import-error.ts";

/**
 * The systematic Reed-Solomon code that MinIO spreads blocks with (docs/format/minio-folder.md §3): GF(2^8) over 0x11d, a
 * Vandermonde matrix whose rows were multiplied with the inverse of its top, so that data shards are plain.
 */
const POLYNOMIAL = 0x11d;
const EXP = new Uint8Array(510);
const LOG = new Uint8Array(256);
for (let power = 0, value = 1; power < 255; power++) {
  EXP[power] = value;
  EXP[power + 255] = value;
  LOG[value] = power;
  value = value & 0x80 ? (value << 1) ^ POLYNOMIAL : value << 1;
}

type Matrix = readonly Uint8Array[];

const at = (row: Uint8Array | undefined, column: number): number => row?.[column] ?? 0;
const times = (a: number, b: number): number =>
  a === 0 || b === 0 ? 0 : (EXP[(LOG[a] ?? 0) + (LOG[b] ?? 0)] ?? 0);
const inverse = (a: number): number => EXP[255 - (LOG[a] ?? 0)] ?? 0;
const power = (base: number, exponent: number): number =>
  exponent === 0 ? 1 : base === 0 ? 0 : (EXP[((LOG[base] ?? 0) * exponent) % 255] ?? 0);

/**
 * The data shards of one block from any `dataShards` of all shards, which are of one length. `shards[i]` is null where shard `i`
 * is missing. Throws ImportError "Damaged" when too many are.
 */
export function restoreDataShards(
  shards: readonly (Uint8Array | null)[],
  dataShards: number,
): readonly Uint8Array[] {
  const there = shards
    .flatMap((shard, index) => (shard === null ? [] : [{ shard, index }]))
    .slice(0, dataShards);
  if (there.length < dataShards)
    throw damaged(`only ${there.length} shards of a block are there, and ${dataShards} are needed`);
  if (there.every(({ index }, place) => index === place)) return there.map(({ shard }) => shard);
  const encoding = encodingMatrix(dataShards, shards.length);
  const decoding = invert(there.map(({ index }) => encoding[index] ?? new Uint8Array(dataShards)));
  return Array.from({ length: dataShards }, (_, row) => {
    const known = shards[row];
    if (known !== null && known !== undefined) return known;
    const restored = new Uint8Array(there[0]?.shard.length ?? 0);
    there.forEach(({ shard }, column) => {
      addMultiple(restored, shard, at(decoding[row], column));
    });
    return restored;
  });
}

function encodingMatrix(dataShards: number, total: number): Matrix {
  const vandermonde = Array.from({ length: total }, (_, row) =>
    Uint8Array.from({ length: dataShards }, (_, column) => power(row, column)),
  );
  const top = invert(vandermonde.slice(0, dataShards));
  return vandermonde.map((row) =>
    Uint8Array.from({ length: dataShards }, (_, column) =>
      row.reduce((sum, value, step) => sum ^ times(value, at(top[step], column)), 0),
    ),
  );
}

/** Gauss and Jordan. Any rows of these matrices are independent. */
function invert(matrix: Matrix): Matrix {
  const size = matrix.length;
  const rows = matrix.map((row, index) => {
    const wide = new Uint8Array(size * 2);
    wide.set(row);
    wide[size + index] = 1;
    return wide;
  });
  for (let column = 0; column < size; column++) {
    const pivot = rows.findIndex((row, index) => index >= column && at(row, column) !== 0);
    const chosen = rows[pivot];
    const displaced = rows[column];
    if (chosen === undefined || displaced === undefined) throw new TypeError("a singular matrix");
    rows[pivot] = displaced;
    rows[column] = chosen;
    const factor = inverse(at(chosen, column));
    chosen.forEach((value, index) => {
      chosen[index] = times(value, factor);
    });
    rows.forEach((row, index) => {
      if (index !== column) addMultiple(row, chosen, at(row, column));
    });
  }
  return rows.map((row) => row.subarray(size));
}

function addMultiple(sum: Uint8Array, row: Uint8Array, factor: number): void {
  if (factor === 0) return;
  const table = Uint8Array.from({ length: 256 }, (_, value) => times(value, factor));
  for (let index = 0; index < sum.length; index++)
    sum[index] = at(sum, index) ^ (table[row[index] ?? 0] ?? 0);
}
