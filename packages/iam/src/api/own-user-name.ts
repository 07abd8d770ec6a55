import { IamApiError } from "./iam-api-error.ts";

/**
 * The user whose access keys are spoken of. Throws AccessDenied where it would be the root of an account: its keys are
 * made when the account is, by the operator of the server.
 */
export function requireUserName(name: string | null): string {
  if (name !== null) return name;
  throw new IamApiError(
    "AccessDenied",
    "Access keys of an account's root are made and replaced by the operator of this server. Name a user.",
  );
}
