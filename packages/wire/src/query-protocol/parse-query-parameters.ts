import { parseQuery } from "../uri.ts";
import { WireError } from "../wire-error.ts";
import { QueryParameters } from "./query-parameters.ts";
import { QueryProtocolError } from "./query-protocol-error.ts";

export interface QueryLimits {
  /** Of query and body together, in bytes. Default 2 MiB: AWS's largest policy input, percent-encoded, fits. */
  readonly sizeBytes?: number;
  /** Default 10,000. */
  readonly parameters?: number;
  /** Parts of one name. Default 10: no input of AWS's services goes deeper. */
  readonly depth?: number;
}

export interface QueryRequest {
  /** Without `?`. */
  readonly rawQuery: string;
  /** A form, `application/x-www-form-urlencoded`; empty for GET. */
  readonly body: Uint8Array;
}

const SIGNATURE_PARAMETERS = /^x-amz-/i;

interface Branch {
  value: string | undefined;
  readonly children: Map<string, Branch>;
}

/**
 * The parameters of a query-protocol request, from its query and its form body. A parameter sent twice is refused
 * (which one counts would be anyone's guess), and those of a presigned URL's signature are left out.
 * Throws `QueryProtocolError`.
 */
export function parseQueryParameters(request: QueryRequest, limits: QueryLimits = {}): QueryParameters {
  const { sizeBytes = 2 * 1024 * 1024, parameters = 10_000, depth = 10 } = limits;
  if (request.body.length + request.rawQuery.length > sizeBytes) {
    throw new QueryProtocolError("RequestEntityTooLarge", "The request is too large.");
  }
  const root: Branch = { value: undefined, children: new Map() };
  let count = 0;
  for (const text of [request.rawQuery, Buffer.from(request.body).toString("latin1")]) {
    // Counted before anything is decoded.
    count += text.split("&").length;
    if (count > parameters + 1) throw malformed("The request has too many parameters.");
    for (const { name, value } of decode(text)) {
      if (!SIGNATURE_PARAMETERS.test(name)) insert(root, name, value, depth);
    }
  }
  return frozen(root);
}

function decode(text: string): ReturnType<typeof parseQuery> {
  try {
    return parseQuery(text);
  } catch (cause) {
    if (cause instanceof WireError) throw malformed("The query string is malformed.", cause);
    throw cause;
  }
}

function insert(root: Branch, name: string, value: string, depth: number): void {
  const parts = name.split(".", depth + 1);
  if (parts.length > depth) throw malformed("A parameter's name has too many parts.");
  let branch = root;
  for (const part of parts) {
    let next = branch.children.get(part);
    if (next === undefined) {
      next = { value: undefined, children: new Map() };
      branch.children.set(part, next);
    }
    branch = next;
  }
  if (branch.value !== undefined) throw malformed("A parameter was sent twice.");
  branch.value = value;
}

function frozen(branch: Branch): QueryParameters {
  const children = new Map<string, QueryParameters>();
  for (const [name, child] of branch.children) children.set(name, frozen(child));
  return new QueryParameters(branch.value, children);
}

function malformed(message: string, cause?: unknown): QueryProtocolError {
  return new QueryProtocolError("MalformedQueryString", message, cause);
}
