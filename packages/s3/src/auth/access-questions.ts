import type { AuthorizationRequest, Decision, Principal, ResourcePolicy } from "@strongroom/iam";
import type { Caller, S3Request } from "../http/s3-request.ts";
import type { RequiredPermission } from "../operation.ts";
import type { AccessDecider } from "./access-decider.ts";
import { LazyFacts } from "./fetched-facts.ts";
import type { Lookups } from "./lookups.ts";
import { RequestConditions } from "./request-conditions.ts";

export interface AccessQuestion extends AuthorizationRequest {
  readonly facts: LazyFacts;
}

/** Puts one request's needs to whoever decides. */
export class AccessQuestions {
  readonly #decider: AccessDecider;
  readonly #lookups: Lookups;
  readonly #request: S3Request;
  readonly #operation: string;
  readonly #principal: Principal;

  constructor(decider: AccessDecider, lookups: Lookups, request: S3Request, operation: string) {
    this.#decider = decider;
    this.#lookups = lookups;
    this.#request = request;
    this.#operation = operation;
    this.#principal = withOwnerId(request.caller);
  }

  ask(permission: RequiredPermission, resourceAccountId: string): AccessQuestion {
    const { region, store } = this.#lookups;
    const request = this.#request;
    const operation = this.#operation;
    const facts = new LazyFacts(store, request, operation, permission);
    return {
      principal: this.#principal,
      action: permission.action,
      resource: resourceOf(permission),
      resourceAccountId,
      context: new RequestConditions({
        request,
        operation,
        permission,
        resourceAccountId,
        nowMs: this.#lookups.nowMs(),
        region,
        fetched: facts,
      }),
      facts,
    };
  }

  async decide(question: AccessQuestion, resource: ResourcePolicy | null): Promise<Decision> {
    const { facts } = question;
    const sessionPolicies = this.#request.caller.session?.policies ?? null;
    for (;;) {
      const deciding = this.#decider.decide(question, resource, sessionPolicies);
      const decision = deciding instanceof Promise ? await deciding : deciding;
      if (!facts.isWanting) return decision;
      await facts.fetchWanted();
    }
  }
}

/** Bucket policies may name an account by its owner id, which only S3 knows of. */
function withOwnerId({ principal, canonicalUserId }: Caller): Principal {
  switch (principal.kind) {
    case "root":
    case "user":
    case "role-session":
      return { ...principal, canonicalUserId };
    default:
      return principal;
  }
}

function resourceOf({ bucket, objectKey }: RequiredPermission): string {
  if (bucket === null) return "arn:aws:s3:::*";
  return objectKey === null ? `arn:aws:s3:::${bucket}` : `arn:aws:s3:::${bucket}/${objectKey}`;
}
