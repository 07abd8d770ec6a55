import { mapContext } from "../../policy/principal-context.ts";
import { authorizeCall } from "../authorize-call.ts";
import { ParameterReader } from "../parameter-reader.ts";
import { StsError } from "../sts-error.ts";
import type { StsOperation } from "../sts-operation.ts";

/**
 * `DecodeAuthorizationMessage`: what services of ours refuse, they say in plain words, so no message that could be
 * decoded was ever given out.
 */
export const decodeAuthorizationMessage: StsOperation = {
  name: "DecodeAuthorizationMessage",
  isSigned: true,
  run: async (request, services) => {
    const reader = new ParameterReader(request.parameters);
    reader.requiredText("EncodedMessage", { minLength: 1, maxLength: 10_240 });
    reader.requireValid();
    await authorizeCall(request, services, {
      action: "sts:DecodeAuthorizationMessage",
      resource: "*",
      resourceAccountId: request.caller.account.accountId,
      context: mapContext({}),
      resourcePolicy: null,
    });
    throw new StsError(
      "InvalidAuthorizationMessageException",
      "The encoded message was not issued by this service.",
    );
  },
};
