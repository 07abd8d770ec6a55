import { StsError } from "../sts-error.ts";
import type { StsOperation } from "../sts-operation.ts";

/** `AssumeRoleWithSAML`: refused plainly. Providers of OpenID Connect are served by AssumeRoleWithWebIdentity. */
export const assumeRoleWithSaml: StsOperation = {
  name: "AssumeRoleWithSAML",
  isSigned: false,
  run: async () => {
    throw new StsError(
      "NotImplemented",
      "AssumeRoleWithSAML is not supported: use AssumeRoleWithWebIdentity with an OpenID Connect provider.",
    );
  },
};
