import type { Principal } from "../principal.ts";
import type { ConditionContext } from "./authorization.ts";

const TAG_PREFIX = "aws:principaltag/";

/**
 * The global condition keys that a principal gives: aws:PrincipalArn, aws:PrincipalAccount, aws:PrincipalType,
 * aws:PrincipalTag/…, aws:userid, aws:username, aws:PrincipalIsAWSService, aws:PrincipalServiceName.
 */
export function principalContext(principal: Principal): ConditionContext {
  // Made when first asked for: most requests are decided without them.
  let keys: ReadonlyMap<string, readonly string[]> | null = null;
  let tags: ReadonlyMap<string, readonly string[]> | null = null;
  return {
    find: (name) => {
      if (name.startsWith(TAG_PREFIX)) {
        tags ??= tagsByLowerCase(principal);
        return tags.get(name.slice(TAG_PREFIX.length));
      }
      keys ??= new Map(Object.entries(fixedKeys(principal)).map(([key, value]) => [key, [value]]));
      return keys.get(name);
    },
  };
}

/** Looks in each context in turn: the first that knows a key gives its values. */
export function joinContexts(...contexts: readonly ConditionContext[]): ConditionContext {
  return {
    find: (name) => {
      for (const context of contexts) {
        const values = context.find(name);
        if (values !== undefined) return values;
      }
      return undefined;
    },
  };
}

/** A context of known keys, whose names are given in any case. A key with no values is absent. */
export function mapContext(keys: Readonly<Record<string, readonly string[]>>): ConditionContext {
  const byName = new Map(Object.entries(keys).map(([name, values]) => [name.toLowerCase(), values]));
  return { find: (name) => byName.get(name) };
}

function fixedKeys(principal: Principal): Readonly<Record<string, string>> {
  const notService = { "aws:principalisawsservice": "false" };
  switch (principal.kind) {
    case "anonymous":
      return { ...notService, "aws:principaltype": "Anonymous", "aws:userid": "anonymous" };
    case "root":
      return {
        ...notService,
        "aws:principalarn": principal.arn,
        "aws:principalaccount": principal.accountId,
        "aws:principaltype": "Account",
        "aws:userid": principal.userId,
      };
    case "user":
      return {
        ...notService,
        "aws:principalarn": principal.arn,
        "aws:principalaccount": principal.accountId,
        "aws:principaltype": "User",
        "aws:userid": principal.userId,
        "aws:username": principal.userName,
      };
    case "role-session":
      return {
        ...notService,
        "aws:principalarn": principal.roleArn,
        "aws:principalaccount": principal.accountId,
        "aws:principaltype": "AssumedRole",
        "aws:userid": principal.userId,
      };
    case "federated-user":
      return {
        ...notService,
        "aws:principalarn": principal.arn,
        "aws:principalaccount": principal.accountId,
        "aws:principaltype": "FederatedUser",
        "aws:userid": principal.userId,
      };
    case "federated":
      return notService;
    case "service":
      return { "aws:principalisawsservice": "true", "aws:principalservicename": principal.service };
  }
}

/** Tag keys match without case; AWS keeps keys that differ by case alone from existing together. */
function tagsByLowerCase(principal: Principal): ReadonlyMap<string, readonly string[]> {
  if (!("tags" in principal)) return new Map();
  return new Map([...principal.tags].map(([key, value]) => [key.toLowerCase(), [value]]));
}
