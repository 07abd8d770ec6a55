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
  /** A pattern of names that are meant by the marker and are none of it all the same. */
  readonly except?: string;
  readonly reason: string;
}

export interface FoundTest {
  readonly name: string;
  readonly markers: readonly string[];
}

/** A test that wants its buckets as they were made before April 2023, and why. */
export type OldDefault = Omit<Exclusion, "scope">;

/** Reads and checks the list of tests that get buckets with access lists and without blocked public access. */
export function readOldDefaults(file: URL): readonly OldDefault[] {
  const parsed: unknown = JSON.parse(readFileSync(file, "utf8"));
  if (!Array.isArray(parsed)) throw new Error("the tests with old defaults are no list");
  return parsed.map((entry: unknown) => parseSelector(entry));
}

/** Reads and checks the data file; its order is the order of precedence within one scope. */
export function readExclusions(file: URL): readonly Exclusion[] {
  const parsed: unknown = JSON.parse(readFileSync(file, "utf8"));
  if (!Array.isArray(parsed)) throw new Error("the exclusions are no list");
  return parsed.map((entry: unknown) => parseExclusion(entry));
}

const fieldsOf = (entry: unknown): ReadonlyMap<string, unknown> =>
  new Map<string, unknown>(Object.entries(entry !== null && typeof entry === "object" ? entry : {}));

function parseExclusion(entry: unknown): Exclusion {
  const scope = fieldsOf(entry).get("scope");
  if (scope !== "not-portable" && scope !== "later") {
    throw new Error(`unknown scope: ${JSON.stringify(entry)}`);
  }
  return { scope, ...parseSelector(entry) };
}

function parseSelector(entry: unknown): Omit<Exclusion, "scope"> {
  const text = JSON.stringify(entry);
  const fields = fieldsOf(entry);
  const optional = (field: string): string | null => {
    const value = fields.get(field);
    if (value !== undefined && typeof value !== "string") throw new Error(`${field} is no text: ${text}`);
    return value ?? null;
  };
  const marker = optional("marker");
  const name = optional("name");
  const except = optional("except");
  const reason = optional("reason");
  if (reason === null || reason === "") throw new Error(`an exclusion without a reason: ${text}`);
  if ((marker === null) === (name === null))
    throw new Error(`an exclusion names a marker or a name: ${text}`);
  return {
    reason,
    ...(marker === null ? {} : { marker }),
    ...(name === null ? {} : { name }),
    ...(except === null ? {} : { except }),
  };
}

/** The exclusion that applies to a test, `not-portable` before `later`; null for one that must pass today. */
export function findExclusion(exclusions: readonly Exclusion[], test: FoundTest): Exclusion | null {
  const applying = exclusions.filter((of) => appliesTo(of, test));
  return applying.find((of) => of.scope === "not-portable") ?? applying[0] ?? null;
}

/** Whether an entry of either list speaks of a test. */
export function appliesTo({ marker, name, except }: Omit<Exclusion, "scope">, test: FoundTest): boolean {
  if (except !== undefined && new RegExp(except).test(test.name)) return false;
  return marker === undefined ? new RegExp(name ?? "").test(test.name) : test.markers.includes(marker);
}
