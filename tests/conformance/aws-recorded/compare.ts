/** What the placeholders of one recording stood for so far: the same placeholder must stay the same value. */
export type Bindings = Map<string, string>;

/**
 * Fields that say nothing about the behaviour (ids of one request), and two that AWS changed after the recording:
 * display names are gone, and since April 2026 a new bucket blocks SSE-C.
 */
const IGNORED_FIELDS = new Set([
  "BlockedEncryptionTypes",
  "RequestId",
  "HostId",
  "HTTPHeaders",
  "RetryAttempts",
  "DisplayName",
  "x-amz-id-2",
]);
const PLACEHOLDER = /<([a-zA-Z][\w-]*)(?::(\d+))?>/g;
const ANY_DATE = new Set(["datetime", "<datetime>"]);

const isRecord = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === "object" && !Array.isArray(value);

const show = (value: unknown): string =>
  value === undefined ? "nothing" : (JSON.stringify(value) ?? String(value)).slice(0, 300);

/** Compares what a server answered with a recorded answer and says each difference as `path: wanted …, got …`. */
export function differences(wanted: unknown, got: unknown, bindings: Bindings, path = ""): string[] {
  const differs = (): string[] => [`${path}: wanted ${show(wanted)}, got ${show(got)}`];
  if (Array.isArray(wanted)) {
    if (!Array.isArray(got)) return differs();
    if (wanted.length !== got.length) return [`${path}: wanted ${wanted.length} entries, got ${got.length}`];
    return wanted.flatMap((entry, i) => differences(entry, got[i], bindings, `${path}[${i}]`));
  }
  if (isRecord(wanted)) {
    // A body that is JSON was recorded as what it says.
    if (path === "Body" && typeof got === "string")
      return differences(wanted, JSON.parse(got), bindings, "Body (JSON)");
    if (!isRecord(got)) return differs();
    const names = new Set([...Object.keys(wanted), ...Object.keys(got)]);
    return [...names]
      .filter((name) => !IGNORED_FIELDS.has(name))
      .flatMap((name) =>
        differences(wanted[name], got[name], bindings, path === "" ? name : `${path}.${name}`),
      );
  }
  // An empty element is nothing to one parser and an empty text to another.
  if (wanted === null) return got === null || got === "" ? [] : differs();
  if (typeof wanted === "string")
    return isStandIn(wanted, path) || matchesText(wanted, got, bindings) ? [] : differs();
  // Part number markers are numbers to one SDK and texts to another.
  if (typeof wanted === "number" && typeof got === "string") return String(wanted) === got ? [] : differs();
  return wanted === got ? [] : differs();
}

/** Some recordings put a field's own name in the place of its value: `"ID": "i-d"`. */
function isStandIn(wanted: string, path: string): boolean {
  const field = /(\w+)(?:\[\d+\])?$/.exec(path)?.[1] ?? "";
  const isDate = wanted === "date" && /^(LastModified|Initiated|Expires|ServerTime)$/.test(field);
  return (
    isDate ||
    (wanted === "owner-id" && field === "ID") ||
    wanted === field.replace(/(?!^)([A-Z])/g, "-$1").toLowerCase()
  );
}

function matchesText(wanted: string, got: unknown, bindings: Bindings): boolean {
  if (ANY_DATE.has(wanted)) return got instanceof Date || typeof got === "string";
  if (typeof got !== "string" && typeof got !== "number" && typeof got !== "boolean") return false;
  const text = String(got);
  if (wanted.search(PLACEHOLDER) < 0) return typeof got === "string" && wanted === got;
  const names: string[] = [];
  let pattern = "";
  let end = 0;
  for (const found of wanted.matchAll(PLACEHOLDER)) {
    const known = bindings.get(found[0]);
    // What a placeholder stands for already tells two of them apart that have nothing between them.
    const value = known === undefined ? ".*?" : RegExp.escape(known);
    pattern += `${RegExp.escape(wanted.slice(end, found.index))}(${value})`;
    names.push(found[0]);
    end = found.index + found[0].length;
  }
  const matched = new RegExp(`^${pattern}${RegExp.escape(wanted.slice(end))}$`, "s").exec(text);
  if (matched === null) return false;
  return names.every((name, i) => binds(name, matched[i + 1] ?? "", bindings));
}

function binds(name: string, value: string, bindings: Bindings): boolean {
  if (!/:\d+>$/.test(name)) return true;
  const known = bindings.get(name);
  if (known === undefined) bindings.set(name, value);
  return known === undefined || known === value;
}
