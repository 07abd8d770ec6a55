import { element } from "@strongroom/wire";
import { federatedUserArn } from "../../sessions/session-principal.ts";
import { authorizeCall } from "../authorize-call.ts";
import { issueSession, requireSessionPolicies } from "../issue-session.ts";
import { ParameterReader } from "../parameter-reader.ts";
import { sessionConditions } from "../session-conditions.ts";
import { readDuration, USER_LONGEST_SECONDS } from "../session-duration.ts";
import { FEDERATED_NAME_RULE } from "../session-name-rules.ts";
import { readSessionPolicies } from "../session-policy-parameters.ts";
import { readSessionTags } from "../session-tag-parameters.ts";
import type { StsOperation } from "../sts-operation.ts";
import { boundedSeconds, requireLastingHolder } from "./get-session-token.ts";

const DEFAULT_SECONDS = 43_200;

/**
 * `GetFederationToken`: credentials for somebody the caller vouches for, who may do what both the caller's policies and
 * those given here allow; without any given, only what resources grant them by name.
 */
export const getFederationToken: StsOperation = {
  name: "GetFederationToken",
  isSigned: true,
  run: async (request, services) => {
    const reader = new ParameterReader(request.parameters);
    const federatedName = reader.requiredText("Name", FEDERATED_NAME_RULE);
    const durationSeconds = readDuration(reader, USER_LONGEST_SECONDS);
    const policies = readSessionPolicies(reader);
    const { tags } = readSessionTags(reader);
    reader.requireValid();
    const issuer = requireLastingHolder(request, "GetFederationToken");
    const { accountId } = issuer;
    const arn = federatedUserArn(accountId, federatedName);
    const wanted = {
      tags,
      transitiveTagKeys: [],
      sessionName: null,
      externalId: null,
      sourceIdentity: null,
      durationSeconds,
    };
    for (const action of ["sts:GetFederationToken", ...(tags.size > 0 ? ["sts:TagSession"] : [])]) {
      await authorizeCall(request, services, {
        action,
        resource: arn,
        resourceAccountId: accountId,
        context: sessionConditions(wanted, null),
        resourcePolicy: null,
      });
    }
    await requireSessionPolicies(policies, accountId, services);
    const issued = issueSession(
      {
        holder: { kind: "federated-user", accountId, federatedName, issuer },
        ...policies,
        tags,
        transitiveTagKeys: [],
        mfaAuthenticatedMs: null,
        sourceIdentity: null,
        conditionKeys: new Map(),
      },
      boundedSeconds(issuer, durationSeconds ?? DEFAULT_SECONDS),
      services,
    );
    return [
      issued.credentials,
      element("FederatedUser", [
        element("FederatedUserId", `${accountId}:${federatedName}`),
        element("Arn", arn),
      ]),
      element("PackedPolicySize", issued.packedPercent),
    ];
  },
};
