import { readFileSync } from "node:fs";

/**
 * `not-portable`: the test asks for something that AWS does not do, or for another store's own extension; it is no
 * part of the portable core and is not run. `later`: portable, but of a feature that this server does not have yet;
 * it is run, and counts as a failure in the figure for the whole core.
 */
export type Scope = "not-portable" | "later";

export interface Exclusion {
  readonly scope: Scope;
  /** A pytest marker. */
  readonly marker?: string;
  /** A pattern that the test's name matches somewhere. */
  readonly name?: string;
  readonly reason: string;
}

export interface FoundTest {
  readonly name: string;
  readonly markers: readonly string[];
}

/** Reads and checks the data file; its order is the order of precedence within one scope. */
export function readExclusions(file: URL): readonly Exclusion[] {
  const parsed: unknown = JSON.parse(readFileSync(file, "utf8"));
  if (!Array.isArray(parsed)) throw new Error("the exclusions are no list");
  return parsed.map((entry: unknown) => parseExclusion(entry));
}

function parseExclusion(entry: unknown): Exclusion {
  const text = JSON.stringify(entry);
  const fields = new Map<string, unknown>(
    Object.entries(entry !== null && typeof entry === "object" ? entry : {}),
  );
  const optional = (field: string): string | null => {
    const value = fields.get(field);
    if (value !== undefined && typeof value !== "string") throw new Error(`${field} is no text: ${text}`);
    return value ?? null;
  };
  const scope = fields.get("scope");
  const marker = optional("marker");
  const name = optional("name");
  const reason = optional("reason");
  if (scope !== "not-portable" && scope !== "later") throw new Error(`unknown scope: ${text}`);
  if (reason === null || reason === "") throw new Error(`an exclusion without a reason: ${text}`);
  if ((marker === null) === (name === null))
    throw new Error(`an exclusion names a marker or a name: ${text}`);
  return { scope, reason, ...(marker === null ? {} : { marker }), ...(name === null ? {} : { name }) };
}

/** The exclusion that applies to a test, `not-portable` before `later`; null for one that must pass today. */
export function findExclusion(exclusions: readonly Exclusion[], test: FoundTest): Exclusion | null {
  const applies = (of: Exclusion): boolean =>
    of.marker === undefined ? new RegExp(of.name ?? "").test(test.name) : test.markers.includes(of.marker);
  const applying = exclusions.filter(applies);
  return applying.find((of) => of.scope === "not-portable") ?? applying[0] ?? null;
}
