import { type S3Error, s3Error } from "../errors.ts";
import type { Operation, Route, RouteLevel } from "../operation.ts";

export type AnyOperation = Operation<unknown, unknown>;

export interface RoutableRequest {
  readonly method: string;
  readonly level: RouteLevel;
  readonly query: ReadonlyMap<string, string>;
  hasHeader(name: string): boolean;
}

/**
 * Query names that choose an operation in S3. A request that names one which no row of the table claims asks for
 * something not built: 501, never the plain operation in its place (a PUT with `?acl` must not write an object).
 */
const OPERATION_SELECTORS: ReadonlySet<string> = new Set([
  "abac",
  "accelerate",
  "acl",
  "analytics",
  "annotation",
  "annotations",
  "append",
  "attributes",
  "cors",
  "delete",
  "encryption",
  "intelligent-tiering",
  "inventory",
  "legal-hold",
  "lifecycle",
  "location",
  "logging",
  "metadataAnnotationTable",
  "metadataConfiguration",
  "metadataInventoryTable",
  "metadataJournalTable",
  "metadataTable",
  "metrics",
  "notification",
  "object-lock",
  "ownershipControls",
  "policy",
  "policyStatus",
  "publicAccessBlock",
  "renameObject",
  "replication",
  "requestPayment",
  "restore",
  "retention",
  "select",
  "session",
  "tagging",
  "torrent",
  "uploads",
  "versioning",
  "versions",
  "website",
]);

/** Looks requests up in the S3 table: built once, then one short list to scan per request. */
export class OperationTable {
  readonly #rows = new Map<string, readonly AnyOperation[]>();

  constructor(operations: readonly AnyOperation[]) {
    const byPlace = Map.groupBy(operations, (row) => placeOf(row.route.method, row.route.level));
    for (const [place, rows] of byPlace) {
      this.#rows.set(
        place,
        rows.toSorted((a, b) => conditionCount(b.route) - conditionCount(a.route)),
      );
    }
  }

  /** Throws MethodNotAllowed or NotImplemented. */
  match(request: RoutableRequest): AnyOperation {
    const rows = this.#rows.get(placeOf(request.method, request.level));
    if (rows === undefined) throw methodNotAllowed(request);
    const row = rows.find((candidate) => applies(candidate.route, request));
    if (row === undefined) throw isUnbuilt(request) ? unbuiltQuery() : methodNotAllowed(request);
    for (const name of request.query.keys()) {
      if (OPERATION_SELECTORS.has(name) && !claims(row.route, name)) throw unbuiltQuery();
    }
    return row;
  }
}

function placeOf(method: string, level: RouteLevel): string {
  return `${method} ${level}`;
}

function conditionCount(route: Route): number {
  return (
    (route.query?.length ?? 0) + (route.headers?.length ?? 0) + Object.keys(route.queryValues ?? {}).length
  );
}

function applies(route: Route, request: RoutableRequest): boolean {
  if (route.query?.every((name) => request.query.has(name)) === false) return false;
  if (route.headers?.every((name) => request.hasHeader(name)) === false) return false;
  if (route.queryValues === undefined) return true;
  return Object.entries(route.queryValues).every(([name, value]) => request.query.get(name) === value);
}

function claims(route: Route, queryName: string): boolean {
  return route.query?.includes(queryName) === true || route.queryValues?.[queryName] !== undefined;
}

function isUnbuilt(request: RoutableRequest): boolean {
  return [...request.query.keys()].some((name) => OPERATION_SELECTORS.has(name));
}

function unbuiltQuery(): S3Error {
  return s3Error("NotImplemented", {
    message: "A header or query you provided implies functionality that is not implemented.",
  });
}

function methodNotAllowed(request: RoutableRequest): S3Error {
  return s3Error("MethodNotAllowed", {
    fields: { Method: request.method, ResourceType: request.level.toUpperCase() },
  });
}
