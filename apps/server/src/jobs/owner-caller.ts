import { joinContexts, mapContext, principalContext } from "@strongroom/iam";
import type { KmsCaller } from "@strongroom/kms";

/**
 * The root of an account, for which S3 asks the key service by itself: key policies decide, as they do for anybody, and
 * where they give the account's root nothing it gets nothing.
 */
export function ownerCaller(accountId: string, region: string): KmsCaller {
  const arn = `arn:aws:iam::${accountId}:root`;
  const principal = { kind: "root", accountId, arn, userId: accountId } as const;
  return {
    principal,
    accountId,
    region,
    context: joinContexts(mapContext({ "aws:viaawsservice": ["true"] }), principalContext(principal)),
    viaService: `s3.${region}.amazonaws.com`,
    sessionPolicies: null,
  };
}
