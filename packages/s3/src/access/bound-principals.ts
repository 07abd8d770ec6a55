import type { NamedPrincipal, PolicyDocument } from "@strongroom/iam";
import { s3Error } from "../errors.ts";

/** Knows which principals there are. */
export interface PrincipalDirectory {
  /** What an `AWS` principal names: an account, a user or a role. null: there is none of that name. */
  findPrincipal(name: string): Promise<FoundPrincipal | null>;
  /** Whether an account has this owner id. */
  hasCanonicalUser(canonicalUserId: string): Promise<boolean>;
}

export interface FoundPrincipal {
  /** Never used again for another user or role of the same name; null for what has no such id. */
  readonly uniqueId: string | null;
}

/** A bucket's policy as it is kept: as it was sent, and as it is evaluated. */
export interface StoredPolicy {
  readonly text: string;
  /** Users and roles are named by their unique ids, so that a successor of the same name inherits nothing. */
  readonly boundText: string;
}

/** Unique ids by the names that a policy uses, for those that have one. */
export type UniqueIds = ReadonlyMap<string, string>;

/** The policy with its users and roles bound to who they are now. `text` was parsed before, strictly. */
export function bindPrincipals(text: string, ids: UniqueIds): StoredPolicy {
  if (ids.size === 0) return { text, boundText: text };
  // Only principals stand below `"AWS"`: no element, operator or condition key has that name.
  const bound: unknown = JSON.parse(text, (name: string, value: unknown) =>
    name === "AWS" ? rename(value, ids) : value,
  );
  return { text, boundText: JSON.stringify(bound) };
}

function rename(value: unknown, ids: UniqueIds): unknown {
  if (Array.isArray(value)) return value.map((one: unknown) => rename(one, ids));
  return typeof value === "string" ? (ids.get(value) ?? value) : value;
}

/** Every principal that a policy names by ARN, id or account. */
export function namedPrincipals({ statements }: PolicyDocument): readonly NamedPrincipal[] {
  return statements.flatMap(({ principals }) => principals?.named ?? []);
}

export function printStoredPolicy(policy: StoredPolicy): string {
  return JSON.stringify(policy);
}

/** Throws InternalError for a document this program never wrote. */
export function parseStoredPolicy(document: string): StoredPolicy {
  const parsed: unknown = JSON.parse(document);
  if (typeof parsed === "object" && parsed !== null && "text" in parsed && "boundText" in parsed) {
    const { text, boundText } = parsed;
    if (typeof text === "string" && typeof boundText === "string") return { text, boundText };
  }
  throw s3Error("InternalError");
}
