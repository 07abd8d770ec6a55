import { PolicyError, parsePolicyDocument } from "@strongroom/iam";
import type { KmsCall } from "../api/kms-operation.ts";
import { KmsError } from "../kms-error.ts";
import { bindPolicy } from "./bind-policy.ts";
import { keyConditions } from "./key-conditions.ts";

/** Context keys that have one value each: a set operator over them is true when they are absent (kms.md §1.6). */
const SINGLE_VALUED = /^(?:kms:encryptioncontext:|aws:requesttag\/)/i;
const SET_OPERATOR = /^for(?:all|any)values?:/i;

/**
 * The policy as it is evaluated, see `bindPolicy`. Throws MalformedPolicyDocumentException or LimitExceededException for what is no key policy, and, unless bypassed,
 * for one under which the caller could not change it again. `keyArn`: the key it is for.
 */
export async function checkPolicy(
  call: KmsCall,
  policy: string,
  options: { readonly keyArn: string; readonly bypassesLockoutCheck: boolean },
): Promise<string> {
  const document = parse(policy);
  refuseOverlyPermissive(policy);
  const { caller, services } = call;
  const bound = await bindPolicy(policy, document, services.principals);
  if (options.bypassesLockoutCheck) return bound;
  const decision = await services.authorizer.decide(
    {
      principal: caller.principal,
      action: "kms:PutKeyPolicy",
      resource: options.keyArn,
      resourceAccountId: caller.accountId,
      context: keyConditions({ caller, key: null, alias: null, encryptionContext: null, conditions: {} }),
    },
    { policy: { name: `${options.keyArn} policy`, document: parse(bound) }, mode: "delegates" },
    caller.sessionPolicies,
  );
  if (!decision.allowed) {
    throw new KmsError(
      "MalformedPolicyDocumentException",
      "The new key policy will not allow you to update the key policy in the future.",
    );
  }
  return bound;
}

function parse(policy: string) {
  try {
    return parsePolicyDocument(policy, { kind: "kms-key" });
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    const code =
      error.code === "PolicyTooLarge" ? "LimitExceededException" : "MalformedPolicyDocumentException";
    throw new KmsError(code, error.message, error);
  }
}

function refuseOverlyPermissive(policy: string): void {
  const parsed: unknown = JSON.parse(policy);
  const statements = valuesOf(parsed, "Statement");
  for (const statement of statements) {
    const condition = member(statement, "Condition");
    for (const [operator, keys] of Object.entries(condition ?? {})) {
      if (!SET_OPERATOR.test(operator)) continue;
      const wrong = Object.keys(typeof keys === "object" && keys !== null ? keys : {}).find((name) =>
        SINGLE_VALUED.test(name),
      );
      if (wrong !== undefined) {
        throw new KmsError(
          "MalformedPolicyDocumentException",
          `OverlyPermissiveCondition:EncryptionContext: ${operator} must not be used with the single-valued key ${wrong}.`,
        );
      }
    }
  }
}

function member(value: unknown, name: string): object | null {
  if (typeof value !== "object" || value === null) return null;
  const found: unknown = Reflect.get(value, name);
  return typeof found === "object" ? found : null;
}

function valuesOf(value: unknown, name: string): readonly unknown[] {
  const found = member(value, name);
  return Array.isArray(found) ? found : [found];
}
