import type { ConditionContext, NamedPolicy, Principal } from "@strongroom/iam";

/** Who asks, from where: the same for a request over HTTP and for the store's own data path. */
export interface KmsCaller {
  readonly principal: Exclude<Principal, { kind: "anonymous" }>;
  /** The caller's account. */
  readonly accountId: string;
  readonly region: string;
  /** The `aws:` condition keys of the request. */
  readonly context: ConditionContext;
  /** `s3.us-east-1.amazonaws.com` when one of our own services asks for the principal; never from a header. */
  readonly viaService: string | null;
  /** Of the caller's session; null: it has none. */
  readonly sessionPolicies: readonly NamedPolicy[] | null;
}

export const NO_CONDITIONS: ConditionContext = { find: () => undefined };
