import { explainDifference } from "./documented-differences.ts";
import { loadOther, loadOwn } from "./engines.ts";
import { generatePolicySet } from "./generate-policies.ts";
import { generateRequest } from "./generate-requests.ts";
import { Random } from "./random.ts";
import { type OracleCase, shrinkCase } from "./shrink-case.ts";

export interface Comparison {
  readonly agreed: number;
  /** How often each verdict came up among those. */
  readonly verdicts: ReadonlyMap<string, number>;
  /** How often the engines differed on a point on which AWS's documentation decides. */
  readonly documented: ReadonlyMap<string, number>;
  /** Cases, made as small as they get, on which they differ and nothing explains it. */
  readonly unexplained: readonly OracleCase[];
}

const REQUESTS_PER_SET = 10;
const ENOUGH_UNEXPLAINED = 5;

/** Asks both engines generated questions until they agreed on so many, or differed on a few without a reason. */
export async function compareEngines(cases: number, seed: number): Promise<Comparison> {
  const random = new Random(seed);
  const verdicts = new Map<string, number>();
  const documented = new Map<string, number>();
  const unexplained: OracleCase[] = [];
  let agreed = 0;
  while (agreed < cases && unexplained.length < ENOUGH_UNEXPLAINED) {
    const set = generatePolicySet(random);
    const own = loadOwn(set);
    const other = loadOther(set);
    for (let at = 0; at < REQUESTS_PER_SET; at += 1) {
      const request = generateRequest(random, set);
      const answer = own(request);
      const verdict = await other(request);
      if (answer.verdict === verdict) {
        agreed += 1;
        count(verdicts, verdict);
        continue;
      }
      const why = await explainDifference(set, request, answer);
      if (why === null) unexplained.push(await shrinkCase({ set, request }, differs));
      else count(documented, why);
    }
  }
  return { agreed, verdicts, documented, unexplained };
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

async function differs({ set, request }: OracleCase): Promise<boolean> {
  const answer = loadOwn(set)(request);
  const verdict = await loadOther(set)(request);
  return answer.verdict !== verdict && (await explainDifference(set, request, answer)) === null;
}
