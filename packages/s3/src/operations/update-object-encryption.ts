import type { StoredVersion } from "@strongroom/store";
import { objectPermission } from "../auth/object-permissions.ts";
import {
  accountOfKey,
  invalid,
  type ObjectEncryptionUpdate,
  readObjectEncryption,
} from "../encryption/object-encryption-document.ts";
import { requestKeys, S3KeyRequester } from "../encryption/request-keys.ts";
import { s3Error } from "../errors.ts";
import { requireBodyDigest } from "../http/require-body-digest.ts";
import type { S3Request } from "../http/s3-request.ts";
import { type ObjectAddress, readObjectAddress, readVersionId } from "../object/object-address.ts";
import type { Operation } from "../operation.ts";

export interface UpdateObjectEncryptionRequest extends ObjectAddress {
  readonly versionId: string | undefined;
  readonly update: ObjectEncryptionUpdate;
}

const DOCUMENT_LIMIT_BYTES = 64 * 1024;

/** Puts a version under another KMS key without moving its data: ETag, dates, metadata and version id stay. */
export const updateObjectEncryption: Operation<UpdateObjectEncryptionRequest, StoredVersion> = {
  name: "UpdateObjectEncryption",
  route: { method: "PUT", level: "object", query: ["encryption"] },

  async read(request) {
    requireBodyDigest(request);
    requireVersion4(request);
    return {
      ...readObjectAddress(request),
      versionId: readVersionId(request),
      update: readObjectEncryption(await request.readText(DOCUMENT_LIMIT_BYTES)),
    };
  },

  permissions: objectPermission("s3:UpdateObjectEncryption"),

  async run(input, { store }, request, access) {
    new S3KeyRequester(request).requireEligible();
    const { keyArn, bucketKeyEnabled } = input.update;
    const version = await store.readVersion(input);
    const { scheme } = version.encryption;
    if (scheme !== "sse-s3" && scheme !== "sse-kms") {
      throw invalid(
        "The UpdateObjectEncryption operation doesn't support source objects with the encryption type DSSE-KMS or SSE-C. Only source objects encrypted with SSE-S3 or SSE-KMS are supported.",
      );
    }
    // Whoever owns the bucket must not lose its data with somebody else's key.
    if (accountOfKey(keyArn) !== (await access.findAccountId(access.bucket.ownerId))) {
      throw s3Error("AccessDenied");
    }
    return store.updateEncryption({
      ...input,
      versionId: version.versionId,
      plan: { scheme: "sse-kms", keyId: keyArn, context: {}, bucketKey: bucketKeyEnabled },
      keys: requestKeys(request),
    });
  },

  write: (_version, response) => response.status(200).sendEmpty(),
};

function requireVersion4({ signature }: S3Request): void {
  if (signature !== null && signature.version !== "AWS") return;
  throw invalid(
    "Requests that modify an object encryption configuration require AWS Signature Version 4. Modify the request to use AWS Signature Version 4, and then try again.",
  );
}
