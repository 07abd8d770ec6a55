import type { Checksum, ObjectHeaders, OpenedObject } from "@strongroom/store";
import { objectPermission } from "../auth/object-permissions.ts";
import type { ToldEncryption } from "../encryption/encryption-headers.ts";
import { requestKeys } from "../encryption/request-keys.ts";
import { toldToReader } from "../encryption/told-encryption.ts";
import type { S3Request } from "../http/s3-request.ts";
import { readExpirationHeader } from "../lifecycle/foretold-headers.ts";
import { requireReadable, restoreHeader } from "../object/archived-version.ts";
import { isChecksumModeEnabled } from "../object/checksum-headers.ts";
import { type ObjectAddress, readObjectAddress, readVersionId } from "../object/object-address.ts";
import {
  type BodyRequest,
  type BodySpan,
  readBodyRequest,
  resolveBodySpan,
} from "../object/object-body-range.ts";
import { checkReadConditions, type ReadConditions, readReadConditions } from "../object/read-conditions.ts";
import { readResponseOverrides } from "../object/response-overrides.ts";
import { shownChecksum } from "../object/shown-checksum.ts";
import { writeVersionHeaders } from "../object/version-headers.ts";
import { versionIdHeaderOf } from "../object/version-id-header.ts";
import { type ShownLock, shownLock } from "../object-lock/shown-lock.ts";
import type { Operation } from "../operation.ts";

export interface ReadObjectRequest extends ObjectAddress {
  readonly versionId: string | undefined;
  readonly conditions: ReadConditions | null;
  readonly body: BodyRequest;
  readonly overrides: ObjectHeaders;
  readonly wantsChecksum: boolean;
}

export interface GetObjectResult {
  readonly opened: OpenedObject;
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

/** GET of an object or of a part or range of it. */
export const getObject: Operation<ReadObjectRequest, GetObjectResult> = {
  name: "GetObject",
  route: { method: "GET", level: "object" },
  read: readObjectRequest,
  permissions: objectPermission("s3:GetObject", "s3:GetObjectVersion"),

  async run(input, services, request, access) {
    const opened = await services.store.openObject({ ...input, keys: requestKeys(request) });
    const { version, parts } = opened;
    const nowMs = services.clock.nowMs();
    requireReadable(version, nowMs);
    const versionIdHeader = versionIdHeaderOf(access.bucket, version.versionId);
    if (input.conditions !== null) {
      checkReadConditions(input.conditions, version, nowMs, versionIdHeader);
    }
    const span = resolveBodySpan(input.body, version, parts);
    const checksum = input.wantsChecksum ? await shownChecksum(services, input, version, span) : null;
    const told = toldToReader(request, version.encryption);
    const lock = await shownLock(version, input, access);
    const restore = restoreHeader(version, nowMs);
    const expiration = readExpirationHeader(input, access.bucket, version);
    return { opened, told, span, versionIdHeader, checksum, restore, expiration, lock };
  },

  logged: ({ opened }) => ({ objectSizeBytes: opened.version.sizeBytes }),

  async write({ opened, told, span, versionIdHeader, checksum, restore, expiration, lock }, response, input) {
    response.header("x-amz-expiration", expiration).header("x-amz-restore", restore);
    writeVersionHeaders(response, {
      version: opened.version,
      told,
      span,
      isPartRead: input.body.partNumber !== undefined,
      versionIdHeader,
      checksum,
      overrides: input.overrides,
      lock,
    });
    if (span.end === span.start) response.header("content-length", "0").sendEmpty();
    else {
      const inline = opened.readInline(span.start, span.end);
      if (inline !== null) response.sendBytes(await inline);
      else await response.sendBody(opened.read(span.start, span.end), span.end - span.start);
    }
  },
};

/** What GET and HEAD read alike. */
export function readObjectRequest(request: S3Request): ReadObjectRequest {
  const { bucket, objectKey } = readObjectAddress(request);
  return {
    bucket,
    objectKey,
    versionId: readVersionId(request),
    conditions: readReadConditions(request),
    body: readBodyRequest(request),
    overrides: readResponseOverrides(request),
    wantsChecksum: isChecksumModeEnabled(request),
  };
}
