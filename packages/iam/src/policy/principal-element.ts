import type { FederatedUserPrincipal, Principal } from "../principal.ts";
import type { Effect } from "./policy-document.ts";
import { malformed } from "./policy-error.ts";
import type { JsonValue } from "./strict-json.ts";

/**
 * How a statement names a principal, from what needs the least beside it: `principal`, by its own ARN (a session's
 * own, a user's); `everyone`, by `*` or by not leaving it out; `role`, a session by its role's ARN or its issuer's;
 * `account`, by its account.
 * `attached`: the policy has no Principal element, since it is the principal's own.
 */
export type PrincipalMatch = "principal" | "everyone" | "role" | "account" | "attached";

export type PrincipalKind = "AWS" | "Service" | "Federated" | "CanonicalUser";

/** One value of a Principal element, e.g. kind `AWS`, value `arn:aws:iam::123456789012:user/a`; `*` with kind `AWS`. */
export interface NamedPrincipal {
  readonly kind: PrincipalKind;
  readonly value: string;
}

export interface PrincipalQuestion {
  readonly principal: Principal;
  /** The principal has a permissions boundary. */
  readonly isBounded: boolean;
}

/** Principal or NotPrincipal. */
export interface PrincipalElement {
  readonly isNegated: boolean;
  readonly named: readonly NamedPrincipal[];
  match(question: PrincipalQuestion, effect: Effect): PrincipalMatch | null;
}

const KINDS: ReadonlySet<string> = new Set<PrincipalKind>(["AWS", "Service", "Federated", "CanonicalUser"]);
const ACCOUNT_ID = /^\d{12}$/;
const ACCOUNT_ARN = /^arn:aws:iam::(\d{12}):root$/;
const PRINCIPAL_ARN =
  /^arn:aws:(?:iam::\d{12}:(?:user|role)\/[^*?]+|sts::\d{12}:(?:assumed-role\/[^*?/]+\/[^*?/]+|federated-user\/[^*?]+))$/;
/** Ids of users and roles that AWS shows where the ARN's bearer is gone; they name nobody else ever. */
const UNIQUE_ID = /^A(?:IDA|ROA)[A-Z0-9]{12,28}$/;
const SERVICE = /^[a-z0-9-]+(?:\.[a-z0-9-]+)*\.amazonaws\.com$/;
const FEDERATED = /^(?:arn:aws:iam::\d{12}:(?:oidc-provider|saml-provider)\/.+|[a-z0-9.-]+(?:\/[\w./-]*)?)$/;
const CANONICAL_USER = /^[0-9a-f]{64}$/;

/** Parses and compiles a Principal or NotPrincipal element. Throws a PolicyError for what names nobody. */
export function compilePrincipals(
  value: JsonValue,
  isNegated: boolean,
  allowsCanonicalUser: boolean,
  place: string,
): PrincipalElement {
  const named = parsePrincipals(value, allowsCanonicalUser, place);
  const table = indexPrincipals(named);
  if (!isNegated) return { isNegated, named, match: ({ principal }) => matchNamed(table, principal) };
  return {
    isNegated,
    named,
    match: (question, effect) => (isExcepted(table, question, effect) ? null : "everyone"),
  };
}

function parsePrincipals(
  value: JsonValue,
  allowsCanonicalUser: boolean,
  place: string,
): readonly NamedPrincipal[] {
  if (value === "*") return [{ kind: "AWS", value: "*" }];
  if (!(value instanceof Map) || value.size === 0) throw malformed("Invalid principal in policy", place);
  const named: NamedPrincipal[] = [];
  for (const [kind, values] of value) {
    if (!isKind(kind) || (kind === "CanonicalUser" && !allowsCanonicalUser)) {
      throw malformed(`Invalid principal in policy: unknown kind ${JSON.stringify(kind)}`, place);
    }
    const list: readonly JsonValue[] = Array.isArray(values) ? values : [values];
    if (list.length === 0) throw malformed("Invalid principal in policy: an empty list", `${place}.${kind}`);
    list.forEach((item, at) => {
      named.push(
        parsePrincipal(kind, item, Array.isArray(values) ? `${place}.${kind}[${at}]` : `${place}.${kind}`),
      );
    });
  }
  return named;
}

function isKind(text: string): text is PrincipalKind {
  return KINDS.has(text);
}

function parsePrincipal(kind: PrincipalKind, value: JsonValue, place: string): NamedPrincipal {
  if (typeof value !== "string" || !isWellFormed(kind, value)) {
    throw malformed(`Invalid principal in policy: ${JSON.stringify(kind)}:${printBriefly(value)}`, place);
  }
  return { kind, value: ACCOUNT_ID.test(value) && kind === "AWS" ? `arn:aws:iam::${value}:root` : value };
}

function printBriefly(value: JsonValue): string {
  return typeof value === "string" ? JSON.stringify(value.slice(0, 200)) : "not a text";
}

function isWellFormed(kind: PrincipalKind, value: string): boolean {
  switch (kind) {
    case "AWS":
      return (
        value === "*" ||
        ACCOUNT_ID.test(value) ||
        ACCOUNT_ARN.test(value) ||
        PRINCIPAL_ARN.test(value) ||
        UNIQUE_ID.test(value)
      );
    case "Service":
      return SERVICE.test(value);
    case "Federated":
      return FEDERATED.test(value);
    case "CanonicalUser":
      return CANONICAL_USER.test(value);
  }
}

/** Names by kind, for lookups that do not grow with the list. */
interface PrincipalTable {
  readonly everyone: boolean;
  readonly byKind: Readonly<Record<PrincipalKind, ReadonlySet<string>>>;
}

function indexPrincipals(named: readonly NamedPrincipal[]): PrincipalTable {
  const values = (kind: PrincipalKind): ReadonlySet<string> =>
    new Set(named.filter((one) => one.kind === kind).map((one) => one.value));
  const byKind = {
    AWS: values("AWS"),
    Service: values("Service"),
    Federated: values("Federated"),
    CanonicalUser: values("CanonicalUser"),
  };
  return { everyone: byKind.AWS.has("*"), byKind };
}

const accountArn = (accountId: string): string => `arn:aws:iam::${accountId}:root`;

interface PrincipalName extends NamedPrincipal {
  readonly match: PrincipalMatch;
}

/** Every name a principal goes by, from the narrowest, and what being named so means. */
function namesOf(principal: Principal): readonly PrincipalName[] {
  switch (principal.kind) {
    case "anonymous":
      return [];
    case "service":
      return [{ kind: "Service", value: principal.service, match: "principal" }];
    case "federated":
      return [{ kind: "Federated", value: principal.provider, match: "principal" }];
    case "root":
      return accountNames(principal);
    case "user":
      return [
        { kind: "AWS", value: principal.arn, match: "principal" },
        { kind: "AWS", value: principal.userId, match: "principal" },
        ...accountNames(principal),
      ];
    case "federated-user":
      return [{ kind: "AWS", value: principal.arn, match: "principal" }, ...namesOfIssuer(principal)];
    case "role-session":
      return [
        { kind: "AWS", value: principal.arn, match: "principal" },
        { kind: "AWS", value: principal.roleArn, match: "role" },
        { kind: "AWS", value: principal.roleId, match: "role" },
        ...accountNames(principal),
      ];
  }
}

/** A federated user goes by its issuer's name as a session goes by its role's. */
function namesOfIssuer({ issuer, accountId }: FederatedUserPrincipal): readonly PrincipalName[] {
  if (issuer.kind === "root") return accountNames({ accountId });
  return [
    { kind: "AWS", value: issuer.arn, match: "role" },
    { kind: "AWS", value: issuer.userId, match: "role" },
    ...accountNames(issuer),
  ];
}

function accountNames(principal: {
  readonly accountId: string;
  readonly canonicalUserId?: string;
}): readonly PrincipalName[] {
  const { accountId, canonicalUserId } = principal;
  const byArn = { kind: "AWS", value: accountArn(accountId), match: "account" } as const;
  if (canonicalUserId === undefined) return [byArn];
  return [byArn, { kind: "CanonicalUser", value: canonicalUserId, match: "account" }];
}

function matchNamed(table: PrincipalTable, principal: Principal): PrincipalMatch | null {
  const hits = namesOf(principal).filter(({ kind, value }) => table.byKind[kind].has(value));
  const best = hits[0]?.match ?? null;
  return table.everyone && best !== "principal" ? "everyone" : best;
}

/**
 * Whether NotPrincipal leaves the principal out. A Deny spares only whom all of it spares: its account, its role and
 * the session itself must be listed, and nobody who has a permissions boundary (IAM User Guide, "NotPrincipal" and
 * "Permissions boundaries"). An Allow excludes whoever is listed by any of its names.
 */
function isExcepted(
  table: PrincipalTable,
  { principal, isBounded }: PrincipalQuestion,
  effect: Effect,
): boolean {
  if (isBounded && effect === "Deny") return false;
  if (table.everyone) return true;
  const names = namesOf(principal);
  const isListed = (one: NamedPrincipal): boolean => table.byKind[one.kind].has(one.value);
  if (effect === "Allow") return names.some(isListed);
  const levels = new Set(names.map((name) => name.match));
  return (
    names.length > 0 &&
    [...levels].every((level) => names.some((one) => one.match === level && isListed(one)))
  );
}
