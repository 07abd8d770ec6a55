import type { Role } from "../identities/entities.ts";
import type { ConditionContext } from "../policy/authorization.ts";
import { mapContext } from "../policy/principal-context.ts";
import type { SessionTagParameters } from "./session-tag-parameters.ts";

export interface WantedSession extends SessionTagParameters {
  readonly sessionName: string | null;
  readonly externalId: string | null;
  readonly sourceIdentity: string | null;
  readonly durationSeconds: number | null;
}

/** sts:RoleSessionName, sts:ExternalId, sts:SourceIdentity, sts:TransitiveTagKeys, aws:RequestTag/…, aws:TagKeys. */
export function sessionConditions(wanted: WantedSession, role: Role | null): ConditionContext {
  const one = (value: string | null): readonly string[] => (value === null ? [] : [value]);
  const keys: Record<string, readonly string[]> = {
    "sts:rolesessionname": one(wanted.sessionName),
    "sts:externalid": one(wanted.externalId),
    "sts:sourceidentity": one(wanted.sourceIdentity),
    "sts:transitivetagkeys": wanted.transitiveTagKeys,
    "sts:durationseconds": one(wanted.durationSeconds === null ? null : String(wanted.durationSeconds)),
    "aws:tagkeys": [...wanted.tags.keys()],
  };
  for (const [key, value] of wanted.tags) keys[`aws:requesttag/${key.toLowerCase()}`] = [value];
  for (const { key, value } of role?.tags ?? []) {
    keys[`aws:resourcetag/${key.toLowerCase()}`] = [value];
    keys[`iam:resourcetag/${key.toLowerCase()}`] = [value];
  }
  const present = Object.entries(keys).filter(([, values]) => values.length > 0);
  return mapContext(Object.fromEntries(present));
}
