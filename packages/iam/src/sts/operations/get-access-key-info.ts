import { element } from "@strongroom/wire";
import { mapContext } from "../../policy/principal-context.ts";
import { authorizeCall } from "../authorize-call.ts";
import { ParameterReader } from "../parameter-reader.ts";
import { StsError } from "../sts-error.ts";
import type { StsOperation } from "../sts-operation.ts";

const RULE = { minLength: 16, maxLength: 128, pattern: /^[\w]*$/, patternText: "[\\w]*" };

/**
 * `GetAccessKeyInfo`: the account of an access key. Says it of long-lived keys alone: a session's key says nothing
 * without its token.
 */
export const getAccessKeyInfo: StsOperation = {
  name: "GetAccessKeyInfo",
  isSigned: true,
  run: async (request, services) => {
    const reader = new ParameterReader(request.parameters);
    const accessKeyId = reader.requiredText("AccessKeyId", RULE);
    reader.requireValid();
    await authorizeCall(request, services, {
      action: "sts:GetAccessKeyInfo",
      resource: "*",
      resourceAccountId: request.caller.account.accountId,
      context: mapContext({}),
      resourcePolicy: null,
    });
    const credential = await services.accounts.findCredential(accessKeyId);
    if (credential === null) {
      throw new StsError("AccessDenied", `Access to the account of access key ${accessKeyId} is denied.`);
    }
    return [element("Account", credential.account.accountId)];
  },
};
