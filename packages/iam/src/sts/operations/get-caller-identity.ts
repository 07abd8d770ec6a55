import { element } from "@strongroom/wire";
import { StsError } from "../sts-error.ts";
import type { StsOperation } from "../sts-operation.ts";

/** `GetCallerIdentity`: whose credentials signed the request. Needs no permission, and none can forbid it. */
export const getCallerIdentity: StsOperation = {
  name: "GetCallerIdentity",
  isSigned: true,
  run: async ({ caller }) => {
    const { principal } = caller;
    if (!("arn" in principal)) throw new StsError("AccessDenied", "The caller is nobody in particular.");
    return [
      element("Arn", principal.arn),
      element("UserId", principal.userId),
      element("Account", principal.accountId),
    ];
  },
};
