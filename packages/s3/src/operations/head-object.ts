import type { Checksum, StoredVersion } from "@strongroom/store";
import { objectPermission } from "../auth/object-permissions.ts";
import type { ToldEncryption } from "../encryption/encryption-headers.ts";
import { requestKeys } from "../encryption/request-keys.ts";
import { toldToReader } from "../encryption/told-encryption.ts";
import type { S3Request } from "../http/s3-request.ts";
import { readExpirationHeader } from "../lifecycle/foretold-headers.ts";
import { restoreHeader } from "../object/archived-version.ts";
import { type BodySpan, type PartSpan, resolveBodySpan } from "../object/object-body-range.ts";
import { checkReadConditions } from "../object/read-conditions.ts";
import { shownChecksum } from "../object/shown-checksum.ts";
import { writeVersionHeaders } from "../object/version-headers.ts";
import { versionIdHeaderOf } from "../object/version-id-header.ts";
import { type ShownLock, shownLock } from "../object-lock/shown-lock.ts";
import type { Operation, S3Services } from "../operation.ts";
import { type ReadObjectRequest, readObjectRequest } from "./get-object.ts";

export interface HeadObjectResult {
  readonly version: StoredVersion;
  readonly told: ToldEncryption;
  readonly span: BodySpan;
  readonly versionIdHeader: string | undefined;
  readonly checksum: Checksum | null;
  /** `x-amz-restore`. */
  readonly restore: string | undefined;
  /** `x-amz-expiration`. */
  readonly expiration: string | undefined;
  readonly lock: ShownLock;
}

/** What GET would answer, without the body. */
export const headObject: Operation<ReadObjectRequest, HeadObjectResult> = {
  name: "HeadObject",
  route: { method: "HEAD", level: "object" },
  read: readObjectRequest,
  permissions: objectPermission("s3:GetObject", "s3:GetObjectVersion"),

  async run(input, services, request, access) {
    const { version, parts } = await describe(input, services, request);
    const versionIdHeader = versionIdHeaderOf(access.bucket, version.versionId);
    if (input.conditions !== null) {
      checkReadConditions(input.conditions, version, services.clock.nowMs(), versionIdHeader);
    }
    const span = resolveBodySpan(input.body, version, parts);
    const checksum = input.wantsChecksum ? await shownChecksum(services, input, version, span) : null;
    const told = toldToReader(request, version.encryption);
    const restore = restoreHeader(version, services.clock.nowMs());
    const lock = await shownLock(version, input, access);
    const expiration = readExpirationHeader(input, access.bucket, version);
    return { version, told, span, versionIdHeader, checksum, restore, expiration, lock };
  },

  logged: ({ version }) => ({ objectSizeBytes: version.sizeBytes }),

  write({ version, told, span, versionIdHeader, checksum, restore, expiration, lock }, response, input) {
    response.header("x-amz-expiration", expiration).header("x-amz-restore", restore);
    writeVersionHeaders(response, {
      version,
      told,
      span,
      isPartRead: input.body.partNumber !== undefined,
      versionIdHeader,
      checksum,
      overrides: input.overrides,
      lock,
    });
    response.header("content-length", String(span.end - span.start)).sendEmpty();
  },
};

/**
 * No key of the key service is needed to know of an object, but for its checksum, which says something of its data. A
 * customer's key must be sent and right. The layout of the parts is read only when one of them is asked for.
 */
async function describe(
  input: ReadObjectRequest,
  { store }: S3Services,
  request: S3Request,
): Promise<{ readonly version: StoredVersion; readonly parts: readonly PartSpan[] }> {
  const selector = { ...input, keys: requestKeys(request) };
  if (input.wantsChecksum) return store.openObject(selector);
  if (input.body.partNumber === undefined) return { version: await store.readVersion(selector), parts: [] };
  return store.describeObject(selector);
}
