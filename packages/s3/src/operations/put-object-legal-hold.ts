import type { ObjectSelector } from "@strongroom/store";
import { objectPermission } from "../auth/object-permissions.ts";
import { requireBodyDigest } from "../http/require-body-digest.ts";
import { readObjectAddress, readVersionId } from "../object/object-address.ts";
import { MAX_LOCK_XML_BYTES, readLegalHold } from "../object-lock/retention-document.ts";
import type { Operation } from "../operation.ts";

interface Input extends ObjectSelector {
  readonly legalHold: boolean;
}

/** Holds a version, whatever its retention says, until somebody with the right to lifts the hold. */
export const putObjectLegalHold: Operation<Input, void> = {
  name: "PutObjectLegalHold",
  route: { method: "PUT", level: "object", query: ["legal-hold"] },
  read: async (request) => {
    requireBodyDigest(request);
    return {
      ...readObjectAddress(request),
      versionId: readVersionId(request),
      legalHold: readLegalHold(await request.readText(MAX_LOCK_XML_BYTES)),
    };
  },
  permissions: objectPermission("s3:PutObjectLegalHold"),
  run: async ({ legalHold, ...selector }, { store }) => {
    await store.setLegalHold(selector, legalHold);
  },
  write: (_output, response) => response.sendEmpty(),
};
