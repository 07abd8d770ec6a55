import type { IdentityStore } from "./identities/identity-store.ts";
import type {
  AuthorizationRequest,
  Decision,
  NamedPolicy,
  PrincipalPolicies,
  ResourcePolicy,
} from "./policy/authorization.ts";
import { evaluate } from "./policy/evaluate.ts";

/** The one place where it is decided what a principal may do: S3, KMS, IAM and STS all ask here. */
export class Authorization {
  readonly #identities: Pick<IdentityStore, "policiesOf">;

  constructor(identities: Pick<IdentityStore, "policiesOf">) {
    this.#identities = identities;
  }

  /**
   * Decides by the newest policies of the principal, the resource's own (null: it has none) and those of the session
   * (null: not a session, or one without). At once when the principal's policies are cached; `await` serves both.
   */
  decide(
    request: AuthorizationRequest,
    resourcePolicy: ResourcePolicy | null,
    sessionPolicies: readonly NamedPolicy[] | null = null,
  ): Decision | Promise<Decision> {
    const policies = this.#identities.policiesOf(request.principal);
    const decideWith = (loaded: PrincipalPolicies): Decision =>
      evaluate(
        request,
        sessionPolicies === null ? loaded : { ...loaded, session: sessionPolicies },
        resourcePolicy,
      );
    return policies instanceof Promise ? policies.then(decideWith) : decideWith(policies);
  }
}
