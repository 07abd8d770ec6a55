import { bucketPermission } from "../auth/object-permissions.ts";
import { readCorsRules } from "../cors/cors-document.ts";
import { CORS_DOCUMENT, type CorsRule, printStoredCors } from "../cors/cors-rule.ts";
import { requireBucketName } from "../http/addressed.ts";
import { requireBodyDigest } from "../http/require-body-digest.ts";
import type { Operation } from "../operation.ts";

interface Input {
  readonly bucket: string;
  readonly rules: readonly CorsRule[];
}

const DOCUMENT_LIMIT_BYTES = 64 * 1024;

export const putBucketCors: Operation<Input, void> = {
  name: "PutBucketCors",
  route: { method: "PUT", level: "bucket", query: ["cors"] },
  read: async (request) => {
    requireBodyDigest(request);
    return {
      bucket: requireBucketName(request),
      rules: readCorsRules(await request.readText(DOCUMENT_LIMIT_BYTES)),
    };
  },
  permissions: bucketPermission("s3:PutBucketCORS"),
  run: ({ bucket, rules }, { store }) =>
    store.setBucketConfiguration(bucket, CORS_DOCUMENT, printStoredCors(rules)),
  write: (_output, response) => response.sendEmpty(),
};
