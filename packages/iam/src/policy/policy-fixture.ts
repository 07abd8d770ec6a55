import type { Principal, RoleSessionPrincipal, RootPrincipal, UserPrincipal } from "../principal.ts";
import type {
  ConditionContext,
  Decision,
  NamedPolicy,
  PrincipalPolicies,
  ResourcePolicy,
} from "./authorization.ts";
import { evaluate } from "./evaluate.ts";
import { parsePolicyDocument } from "./parse-policy-document.ts";
import type { PolicyDocument } from "./policy-document.ts";
import type { PolicyKind } from "./policy-limits.ts";
import { joinContexts, mapContext, principalContext } from "./principal-context.ts";

export const ACCOUNT = "111122223333";
export const OTHER_ACCOUNT = "444455556666";
export const OBJECT = "arn:aws:s3:::reports/2026/a.csv";

export const BOB: UserPrincipal = {
  kind: "user",
  accountId: ACCOUNT,
  arn: `arn:aws:iam::${ACCOUNT}:user/staff/bob`,
  userId: "AIDABOBAAAAAAAAAAAAAA",
  userName: "bob",
  tags: new Map([["Team", "audit"]]),
};

export const ROOT: RootPrincipal = {
  kind: "root",
  accountId: ACCOUNT,
  arn: `arn:aws:iam::${ACCOUNT}:root`,
  userId: ACCOUNT,
};

export const SESSION: RoleSessionPrincipal = {
  kind: "role-session",
  accountId: ACCOUNT,
  arn: `arn:aws:sts::${ACCOUNT}:assumed-role/reader/night`,
  roleArn: `arn:aws:iam::${ACCOUNT}:role/jobs/reader`,
  userId: "AROAREADERAAAAAAAAAAA:night",
  roleId: "AROAREADERAAAAAAAAAAA",
  roleName: "reader",
  sessionName: "night",
  tags: new Map(),
};

export type StatementFields = Readonly<Record<string, unknown>>;

/** A policy of these statements; each may leave out Effect (Allow), Action and Resource (everything). */
export function policyText(...statements: readonly StatementFields[]): string {
  const Statement = statements.map((fields) => ({
    Effect: "Allow",
    ...("NotAction" in fields ? {} : { Action: "*" }),
    ...("NotResource" in fields ? {} : { Resource: "*" }),
    ...fields,
  }));
  return JSON.stringify({ Version: "2012-10-17", Statement });
}

export function parse(kind: PolicyKind, ...statements: readonly StatementFields[]): PolicyDocument {
  return parsePolicyDocument(policyText(...statements), { kind, limits: { maxSize: 100_000 } });
}

export function named(kind: PolicyKind, ...statements: readonly StatementFields[]): NamedPolicy {
  return { name: kind, document: parse(kind, ...statements) };
}

export function bucketPolicy(...statements: readonly StatementFields[]): ResourcePolicy {
  return { policy: named("bucket", ...statements), mode: "or-identity" };
}

export interface Question {
  readonly principal?: Principal;
  readonly action?: string;
  readonly resource?: string;
  readonly resourceAccountId?: string;
  readonly context?: Readonly<Record<string, readonly string[]>>;
  readonly identity?: readonly StatementFields[];
  readonly boundary?: readonly StatementFields[] | null;
  readonly session?: readonly (readonly StatementFields[])[] | null;
  readonly resourcePolicy?: ResourcePolicy | null;
}

/** Asks for `s3:GetObject` by bob in his own account, but for what the question says. */
export function ask(question: Question): Decision {
  const { principal = BOB, boundary = null, session = null } = question;
  const policies: PrincipalPolicies = {
    identity: question.identity === undefined ? [] : [named("identity", ...question.identity)],
    boundary: boundary === null ? null : named("identity", ...boundary),
    session: session === null ? null : session.map((statements) => named("session", ...statements)),
  };
  const request = {
    principal,
    action: question.action ?? "s3:GetObject",
    resource: question.resource ?? OBJECT,
    resourceAccountId: question.resourceAccountId ?? ACCOUNT,
    context: contextOf(principal, question.context ?? {}),
  };
  return evaluate(request, policies, question.resourcePolicy ?? null);
}

export function contextOf(
  principal: Principal,
  keys: Readonly<Record<string, readonly string[]>>,
): ConditionContext {
  return joinContexts(principalContext(principal), mapContext(keys));
}
