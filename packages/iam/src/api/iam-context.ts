import type { ConditionContext } from "../policy/authorization.ts";
import { mapContext } from "../policy/principal-context.ts";
import type { Target } from "./operation.ts";

/** The condition keys that IAM's operations give beside the global ones. */
export function targetContext(target: Target): ConditionContext {
  const keys: Record<string, readonly string[]> = {};
  for (const { key, value } of target.tags ?? []) {
    keys[`aws:resourcetag/${key}`] = [value];
    keys[`iam:resourcetag/${key}`] = [value];
  }
  for (const { key, value } of target.requestTags ?? []) keys[`aws:requesttag/${key}`] = [value];
  const tagKeys = [...(target.requestTags ?? []).map(({ key }) => key), ...(target.removedTagKeys ?? [])];
  if (tagKeys.length > 0) keys["aws:tagkeys"] = tagKeys;
  const { boundary = null, policyArn } = target;
  if (boundary !== null) keys["iam:permissionsboundary"] = [boundary];
  if (policyArn !== undefined) keys["iam:policyarn"] = [policyArn];
  return mapContext(keys);
}
