export { type AccessKeyUse, AccessKeyUses } from "./access-key-uses.ts";
export type { Account } from "./account.ts";
export { AccountStore, type AccountStoreOptions } from "./account-store.ts";
export {
  createIamService,
  IAM_NAMESPACE,
  type IamRequest,
  type IamResponse,
} from "./api/iam-service.ts";
export { Authorization } from "./authorization.ts";
export { requireChosenCredentials } from "./chosen-credentials.ts";
export type { Credential, NewCredential } from "./credential.ts";
export { IamError, type IamErrorCode } from "./iam-error.ts";
export * from "./identities/entities.ts";
export type { CommitCounter } from "./identities/iam-generation.ts";
export { IdentityStore, type IdentityStoreOptions } from "./identities/identity-store.ts";
export { userPrincipal } from "./identities/user-principal.ts";
export type * from "./policy/authorization.ts";
export type { Condition } from "./policy/conditions/condition.ts";
export { evaluate } from "./policy/evaluate.ts";
export { explainDenial } from "./policy/explain-denial.ts";
export { type ParsePolicyOptions, parsePolicyDocument } from "./policy/parse-policy-document.ts";
export { PolicyCache } from "./policy/policy-cache.ts";
export type { PatternElement, PolicyDocument, Statement } from "./policy/policy-document.ts";
export { PolicyError, type PolicyErrorCode } from "./policy/policy-error.ts";
export type { PolicyKind, PolicyLimits } from "./policy/policy-limits.ts";
export { joinContexts, mapContext, principalContext } from "./policy/principal-context.ts";
export type { NamedPrincipal, PrincipalElement } from "./policy/principal-element.ts";
export { isPublicPolicy } from "./policy/public-policy.ts";
export {
  listContextKeys,
  type MatchedStatement,
  type SimulatedDecision,
  type Simulation,
  simulate,
} from "./policy/simulate.ts";
export type { TextPosition, TextSpan } from "./policy/strict-json.ts";
export { compileWildcard, parseWildcards } from "./policy/wildcard.ts";
export type * from "./principal.ts";
export type { RecordChange, RecordCheck, RecordStore, StoredRecord } from "./record-store.ts";
export { type RequestFacts, requestContext } from "./request-context.ts";
export { openSecret, sealSecret } from "./sealed-secret.ts";
export {
  type CallerCredential,
  CallerCredentials,
  type CallerCredentialsOptions,
} from "./sessions/caller-credentials.ts";
export { sessionContext } from "./sessions/session-context.ts";
export type { SessionFacts } from "./sessions/session-facts.ts";
export { SessionTokenError, type SessionTokenErrorCode } from "./sessions/session-token-error.ts";
export { findStsOperation, STS_NAMESPACE } from "./sts/operations/index.ts";
export { StsError, type StsErrorCode } from "./sts/sts-error.ts";
export type { StsOperation, StsResult, StsServices } from "./sts/sts-operation.ts";
export { WebIdentities } from "./sts/web-identity/web-identities.ts";
export type { TransportFacts } from "./transport-facts.ts";
