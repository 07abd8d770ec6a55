import { AsyncLocalStorage } from "node:async_hooks";
import {
  Authorization,
  type AuthorizationRequest,
  type CallerCredential,
  CallerCredentials,
  type Decision,
  type NamedPolicy,
  type ResourcePolicy,
  type SessionFacts,
  type TransportFacts,
} from "@strongroom/iam";

/** One question that was decided while a request was answered. */
export interface NotedDecision {
  readonly action: string;
  readonly resource: string;
  readonly decision: Decision;
  /** What allowed it beside the policies: `grant …`, `access list`. */
  readonly alsoAllowedBy: string | null;
}

/** What is noted of one request while it is answered, for its events. Nothing in it is secret. */
export interface AuditScope {
  readonly transport: TransportFacts;
  readonly userAgent: string;
  readonly host: string | null;
  readonly cipherSuite: string | null;
  requestId: string | null;
  accessKeyId: string | null;
  session: SessionFacts | null;
  readonly decisions: NotedDecision[];
}

const current = new AsyncLocalStorage<AuditScope>();
/** A request that deletes a thousand objects asks a thousand questions: its event names the first ones. */
const DECISIONS_KEPT = 64;

export function inAuditScope<T>(scope: AuditScope, run: () => T): T {
  return current.run(scope, run);
}

/** null outside of a request: the server's own work. */
export function auditScope(): AuditScope | null {
  return current.getStore() ?? null;
}

/** The id that the client is told, as soon as there is one. */
export function noteRequestId(requestId: string): void {
  const scope = current.getStore();
  if (scope !== undefined) scope.requestId = requestId;
}

/** Decides as its parent does, and notes each decision for the request's event. */
export class NotedAuthorization extends Authorization {
  override decide(
    request: AuthorizationRequest,
    resourcePolicy: ResourcePolicy | null,
    sessionPolicies: readonly NamedPolicy[] | null = null,
  ): Decision | Promise<Decision> {
    const decided = super.decide(request, resourcePolicy, sessionPolicies);
    const alsoAllowedBy = resourcePolicy?.alsoAllowedBy ?? null;
    if (!(decided instanceof Promise)) return note(request, alsoAllowedBy, decided);
    return decided.then((decision) => note(request, alsoAllowedBy, decision));
  }
}

function note(request: AuthorizationRequest, alsoAllowedBy: string | null, decision: Decision): Decision {
  const decisions = current.getStore()?.decisions;
  if (decisions !== undefined && decisions.length < DECISIONS_KEPT) {
    const { action, resource } = request;
    decisions.push({ action, resource, decision, alsoAllowedBy });
  }
  return decision;
}

/** Finds as its parent does, and notes whose access key and session a request came with. */
export class NotedCredentials extends CallerCredentials {
  override async find(accessKeyId: string, securityToken: string | null): Promise<CallerCredential | null> {
    const found = await super.find(accessKeyId, securityToken);
    const scope = current.getStore();
    if (scope !== undefined && found !== null) {
      scope.accessKeyId = accessKeyId;
      scope.session = found.session;
    }
    return found;
  }
}
