import type { WebIdentity } from "./web-identities.ts";

const TAGS_CLAIM = "https://aws.amazon.com/tags";
const SOURCE_IDENTITY_CLAIM = "https://aws.amazon.com/source_identity";

/** Session tags as a provider puts them into its tokens; empty when it does not. Malformed ones count as none. */
export interface ClaimedTags {
  readonly pairs: readonly (readonly [key: string, value: string])[];
  readonly transitiveTagKeys: readonly string[];
}

/**
 * The condition keys of an identity, by lower-case name, for the trust policy and for the session's requests:
 * `ISSUER:aud`, `ISSUER:sub`, `ISSUER:azp`, where ISSUER is host and path without a slash at the end.
 */
export function identityConditions(identity: WebIdentity): ReadonlyMap<string, readonly string[]> {
  const name = issuerName(identity.issuer).toLowerCase();
  const { azp } = identity.claims;
  return new Map([
    [`${name}:aud`, identity.audiences],
    [`${name}:sub`, [identity.subject]],
    ...(typeof azp === "string" ? [[`${name}:azp`, [azp]] as const] : []),
  ]);
}

/** How a provider is registered: without `https://`, the host in lower case, and without a slash at the end. */
export function issuerName(issuer: string): string {
  const [, host = "", path = ""] = /^https:\/\/([^/]*)(.*?)\/?$/.exec(issuer) ?? [];
  return `${host.toLowerCase()}${path}`;
}

export function claimedTags(identity: WebIdentity): ClaimedTags {
  const claim = identity.claims[TAGS_CLAIM];
  if (typeof claim !== "object" || claim === null) return { pairs: [], transitiveTagKeys: [] };
  const principalTags: unknown = Reflect.get(claim, "principal_tags");
  const transitive: unknown = Reflect.get(claim, "transitive_tag_keys");
  const entries =
    typeof principalTags === "object" && principalTags !== null ? Object.entries(principalTags) : [];
  return {
    // One value each: AWS's form is a list of one.
    pairs: entries.flatMap(([key, values]: [string, unknown]) => {
      const value: unknown = Array.isArray(values) ? values[0] : values;
      return typeof value === "string" ? [[key, value] as const] : [];
    }),
    transitiveTagKeys: Array.isArray(transitive)
      ? transitive.filter((key: unknown) => typeof key === "string")
      : [],
  };
}

export function claimedSourceIdentity(identity: WebIdentity): string | null {
  const claim = identity.claims[SOURCE_IDENTITY_CLAIM];
  return typeof claim === "string" ? claim : null;
}
