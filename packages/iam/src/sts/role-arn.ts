import { StsError } from "./sts-error.ts";

/** What a role's ARN names. */
export interface RoleAddress {
  readonly accountId: string;
  readonly roleName: string;
}

/**
 * The role an ARN names; null for an ARN that is well-formed and no role's: that is denied, as a role that is not there
 * is. Throws ValidationError for what is no ARN.
 */
export function parseRoleArn(arn: string): RoleAddress | null {
  const [prefix, partition, service, region, account, ...resource] = arn.split(":");
  const path = resource.join(":");
  const isArn =
    prefix === "arn" &&
    [partition, service].every((part) => part !== undefined && part !== "") &&
    region !== undefined &&
    account !== undefined &&
    path !== "";
  if (!isArn) throw new StsError("ValidationError", `${arn} is invalid`);
  const named = /^role\/(?:[\x21-\x7e]+\/)?([\w+=,.@-]{1,64})$/.exec(path);
  if (partition !== "aws" || service !== "iam" || region !== "" || !/^\d{12}$/.test(account)) return null;
  return named?.[1] === undefined ? null : { accountId: account, roleName: named[1] };
}
