import type { Checksum, StoredVersion } from "@strongroom/store";
import { objectPermission } from "../auth/object-permissions.ts";
import { type BodySpan, type PartSpan, resolveBodySpan } from "../object/object-body-range.ts";
import { checkReadConditions } from "../object/read-conditions.ts";
import { shownChecksum } from "../object/shown-checksum.ts";
import { writeVersionHeaders } from "../object/version-headers.ts";
import { versionIdHeaderOf } from "../object/version-id-header.ts";
import type { Operation, S3Services } from "../operation.ts";
import { type ReadObjectRequest, readObjectRequest } from "./get-object.ts";

export interface HeadObjectResult {
  readonly version: StoredVersion;
  readonly span: BodySpan;
  readonly versionIdHeader: string | undefined;
  readonly checksum: Checksum | null;
}

/** What GET would answer, without the body. */
export const headObject: Operation<ReadObjectRequest, HeadObjectResult> = {
  name: "HeadObject",
  route: { method: "HEAD", level: "object" },
  read: readObjectRequest,
  permissions: objectPermission("s3:GetObject", "s3:GetObjectVersion"),

  async run(input, services, _request, access) {
    const { version, parts } = await findVersion(input, services);
    const versionIdHeader = versionIdHeaderOf(access.bucket, version.versionId);
    if (input.conditions !== null) {
      checkReadConditions(input.conditions, version, services.clock.nowMs(), versionIdHeader);
    }
    const span = resolveBodySpan(input.body, version, parts);
    const checksum = input.wantsChecksum ? await shownChecksum(services, input, version, span) : null;
    return { version, span, versionIdHeader, checksum };
  },

  write({ version, span, versionIdHeader, checksum }, response, input) {
    writeVersionHeaders(response, {
      version,
      span,
      isPartRead: input.body.partNumber !== undefined,
      versionIdHeader,
      checksum,
      overrides: input.overrides,
    });
    response.header("content-length", String(span.end - span.start)).sendEmpty();
  },
};

/** The layout of the parts is read only when one of them is asked for. */
async function findVersion(
  input: ReadObjectRequest,
  { store }: S3Services,
): Promise<{ readonly version: StoredVersion; readonly parts: readonly PartSpan[] }> {
  if (input.body.partNumber === undefined) return { version: await store.readVersion(input), parts: [] };
  return store.openObject(input);
}
