import type { RecordCheck } from "./check-record.ts";
import type { UnavailableKey, VerifyTally } from "./finding.ts";

/** What a pass, or a stretch of it, has looked at. */
export interface VerifyCounts {
  readonly tallies: readonly VerifyTally[];
  readonly unavailable: readonly UnavailableKey[];
}

interface OpenCounts extends VerifyCounts {
  readonly tallies: VerifyTally[];
  readonly unavailable: UnavailableKey[];
}

/** A report stays of bounded size however many customers' and deleted keys there are. */
const MAX_UNAVAILABLE = 1000;

export const emptyCounts = (): OpenCounts => ({ tallies: [], unavailable: [] });

/** Adds one record to counts. */
export function addRecord(counts: OpenCounts, check: RecordCheck): void {
  const { bucket, scheme, bodies, findings, unavailable } = check;
  if (scheme === null) return;
  const tally = tallyOf(counts, bucket, scheme);
  if (check.isUpload) tally.uploads++;
  else tally.versions++;
  for (const { depth, sealedBytes } of bodies) {
    tally.bodies++;
    tally.sealedBytes += sealedBytes;
    tally[depth]++;
  }
  tally.bad += findings.length;
  if (unavailable !== null && bodies.length > 0)
    addUnavailable(counts, { ...unavailable, bodies: bodies.length });
}

/** The sum of two stretches. */
export function joinCounts(one: VerifyCounts, other: VerifyCounts): VerifyCounts {
  const sum: OpenCounts = {
    tallies: one.tallies.map((tally) => ({ ...tally })),
    unavailable: [...one.unavailable],
  };
  for (const added of other.tallies) {
    const tally = tallyOf(sum, added.bucket, added.scheme);
    for (const name of NUMBERS) tally[name] += added[name];
  }
  for (const added of other.unavailable) addUnavailable(sum, added);
  return sum;
}

const NUMBERS = [
  "versions",
  "uploads",
  "bodies",
  "sealedBytes",
  "opened",
  "digest",
  "form",
  "bad",
] as const satisfies readonly (keyof VerifyTally)[];

function tallyOf({ tallies }: OpenCounts, bucket: string, scheme: VerifyTally["scheme"]): VerifyTally {
  const known = tallies.find((tally) => tally.bucket === bucket && tally.scheme === scheme);
  if (known !== undefined) return known;
  const zeros = { versions: 0, uploads: 0, bodies: 0, sealedBytes: 0, opened: 0, digest: 0, form: 0, bad: 0 };
  const tally = { bucket, scheme, ...zeros };
  tallies.push(tally);
  return tally;
}

function addUnavailable({ unavailable }: OpenCounts, added: UnavailableKey): void {
  const at = unavailable.findIndex(({ key, reason }) => key === added.key && reason === added.reason);
  const known = unavailable[at];
  if (known !== undefined) unavailable[at] = { ...known, bodies: known.bodies + added.bodies };
  else if (unavailable.length < MAX_UNAVAILABLE) unavailable.push(added);
}
