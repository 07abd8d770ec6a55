import type { IncomingMessage } from "node:http";

export const SERVICES = ["s3", "sts", "kms", "iam", "cloudtrail"] as const;
export type ServiceName = (typeof SERVICES)[number];

/** X-Amz-Target prefixes of the JSON protocols, for requests whose signature does not parse. */
const TARGETS: readonly (readonly [string, ServiceName])[] = [
  ["TrentService.", "kms"],
  ["com.amazonaws.cloudtrail.", "cloudtrail"],
  ["CloudTrail_20131101.", "cloudtrail"],
];

const SCOPE = /Credential=[^,/\s]+\/\d{8}\/[^/,\s]*\/([a-z0-9-]{1,32})\/aws4_request/;
const QUERY_SCOPE = /[?&]X-Amz-Credential=[^&]*?(?:%2F|\/)([a-z0-9-]{1,32})(?:%2F|\/)aws4_request/i;

/**
 * The service a request is for, by the name in its signature's scope, else by its target header or as an unsigned form
 * of STS; S3 for all others.
 * Only routes: the service that gets the request verifies the scope.
 */
export function serviceOf(request: Pick<IncomingMessage, "method" | "headers" | "url">): ServiceName {
  const scoped = scopedService(request);
  const named = SERVICES.find((service) => service === scoped);
  if (named !== undefined) return named;
  const target = request.headers["x-amz-target"];
  if (typeof target !== "string") return isUnsignedForm(request) ? "sts" : "s3";
  return TARGETS.find(([prefix]) => target.startsWith(prefix))?.[1] ?? "s3";
}

/**
 * A web identity comes unsigned, as a form or in the query. S3 takes no such form, and its own query parameters are
 * not spelled so.
 */
function isUnsignedForm(request: Pick<IncomingMessage, "method" | "headers" | "url">): boolean {
  if (request.headers.authorization !== undefined) return false;
  const [path, query = ""] = (request.url ?? "").split("?", 2);
  if (path !== "/" && path !== "") return false;
  if (/(?:^|&)Action=AssumeRoleWith/.test(query)) return true;
  const type = request.headers["content-type"] ?? "";
  return request.method === "POST" && /^application\/x-www-form-urlencoded\b/i.test(type);
}

function scopedService({ headers, url = "" }: Pick<IncomingMessage, "headers" | "url">): string | undefined {
  if (headers.authorization !== undefined) return SCOPE.exec(headers.authorization)?.[1];
  // Most addresses have no query, and are long: the pattern is not tried at every place of them.
  const question = url.indexOf("?");
  return question < 0 ? undefined : QUERY_SCOPE.exec(url.slice(question))?.[1];
}
