import type { AuthorizationRequest, Decision, ResourcePolicy } from "@strongroom/iam";
import type { S3Request } from "../http/s3-request.ts";
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

  constructor(decider: AccessDecider, lookups: Lookups, request: S3Request, operation: string) {
    this.#decider = decider;
    this.#lookups = lookups;
    this.#request = request;
    this.#operation = operation;
  }

  ask(permission: RequiredPermission, resourceAccountId: string): AccessQuestion {
    const { region, store } = this.#lookups;
    const request = this.#request;
    const operation = this.#operation;
    const facts = new LazyFacts(store, request, operation, permission);
    return {
      principal: request.caller.principal,
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

function resourceOf({ bucket, objectKey }: RequiredPermission): string {
  if (bucket === null) return "arn:aws:s3:::*";
  return objectKey === null ? `arn:aws:s3:::${bucket}` : `arn:aws:s3:::${bucket}/${objectKey}`;
}
