import type { EventFields, EventValue } from "@strongroom/audit";
import type { Principal } from "@strongroom/iam";
import { parseQueryParameters, type QueryParameters } from "@strongroom/wire";
import type { AuditLog } from "./audit-log.ts";
import { auditScope } from "./audit-scope.ts";
import { boundValue, lowerFirst } from "./event-values.ts";
import { QUERY_ANSWERED, QUERY_LISTS, QUERY_TEXTS } from "./query-parameters.ts";

const READS =
  /^(?:Get(?!FederationToken|SessionToken)|List|Simulate|GenerateCredentialReport|DecodeAuthorization)/;
const TAGS_LIMIT = 50;

/** A call to a service of the query protocol, and how it was answered. */
export interface QueryCall {
  readonly service: "iam" | "sts";
  readonly operation: string;
  readonly principal: Principal;
  readonly accountId: string;
  readonly region: string;
  readonly requestId: string;
  readonly rawQuery: string;
  readonly body: Uint8Array;
  readonly error: { readonly code: string; readonly message: string } | null;
  /** The document that is about to be sent. */
  readonly answer: string;
}

/** Rejects when the event is not durable: then the call must fail. */
export function recordQueryCall(log: AuditLog, call: QueryCall): Promise<void> {
  const { service, operation, error } = call;
  const readOnly = READS.test(operation);
  const decisions = (auditScope()?.decisions ?? []).filter(({ action }) => action.startsWith(`${service}:`));
  const arns = new Set(decisions.map(({ resource }) => resource));
  return log.record({
    eventSource: `${service}.amazonaws.com`,
    eventName: operation,
    principal: call.principal,
    accountId: call.accountId,
    region: call.region,
    readOnly,
    requestId: call.requestId,
    error,
    requestParameters: parametersOf(call),
    responseElements: readOnly || error !== null ? null : answeredOf(call.answer),
    resources: [...arns].flatMap((ARN) => {
      const found = /^arn:aws:(?:iam|sts)::(\d{12}):([a-z-]+)/.exec(ARN);
      if (found === null) return [];
      return [{ accountId: found[1], type: RESOURCE_TYPES[found[2] ?? ""] ?? "AWS::IAM::User", ARN }];
    }),
    decisions,
  });
}

const RESOURCE_TYPES: Readonly<Record<string, string>> = {
  user: "AWS::IAM::User",
  role: "AWS::IAM::Role",
  group: "AWS::IAM::Group",
  policy: "AWS::IAM::Policy",
  "oidc-provider": "AWS::IAM::OIDCProvider",
};

function parametersOf({ rawQuery, body }: QueryCall): EventFields | null {
  let parameters: QueryParameters;
  try {
    parameters = parseQueryParameters({ rawQuery, body });
  } catch {
    return null;
  }
  const chosen: Record<string, EventValue> = {};
  for (const name of QUERY_TEXTS) {
    const value = parameters.text(name);
    if (value !== undefined) chosen[lowerFirst(name)] = boundValue(value, 0);
  }
  for (const name of QUERY_LISTS) {
    const values = parameters.texts(name);
    if (values.length > 0) chosen[lowerFirst(name)] = boundValue(values, 0);
  }
  const tags = parameters.list("Tags").slice(0, TAGS_LIMIT);
  if (tags.length > 0) {
    chosen["tags"] = tags.map((tag) => ({ key: tag.text("Key"), value: tag.text("Value") }));
  }
  const policies = parameters.list("PolicyArns").map((each) => each.text("arn"));
  if (policies.length > 0) chosen["policyArns"] = policies;
  return Object.keys(chosen).length === 0 ? null : chosen;
}

/** The first of each name that may be shown. */
function answeredOf(answer: string): EventFields | null {
  const chosen: Record<string, EventValue> = {};
  for (const name of QUERY_ANSWERED) {
    const value = new RegExp(`<${name}>([^<]{1,2048})</${name}>`).exec(answer)?.[1];
    if (value !== undefined) chosen[lowerFirst(name)] = value;
  }
  return Object.keys(chosen).length === 0 ? null : chosen;
}
