import type { DeleteObjectResult } from "@strongroom/store";
import { element, type XmlElement } from "@strongroom/wire";
import { ownNewObject } from "../access/new-object-owner.ts";
import { deletionPermissions, isBypassRequested } from "../auth/object-permissions.ts";
import type { RequestAccess } from "../auth/request-access.ts";
import { type S3Error, s3Error } from "../errors.ts";
import type { S3Request } from "../http/s3-request.ts";
import { s3ErrorFrom } from "../http/write-error.ts";
import { announcement } from "../notifications/announcement.ts";
import {
  type DeleteEntry,
  type DeleteList,
  MAX_DELETE_XML_BYTES,
  parseDeleteList,
} from "../object/delete-list.ts";
import { requireLegalObjectKey, requireVersionId } from "../object/object-address.ts";
import { XML_NAMESPACE } from "../object/xml-namespace.ts";
import { refuseNeedlessBypass } from "../object-lock/governance-bypass.ts";
import type { LoggedObject, Operation, S3Services } from "../operation.ts";

/** Deletes in flight at once: enough for the index to join their commits into one flush. */
const CONCURRENT_DELETES = 64;

export interface DeleteObjectsRequest extends DeleteList {
  readonly bucket: string;
}

export type DeleteOutcome =
  | { readonly entry: DeleteEntry; readonly deleted: DeleteObjectResult }
  | { readonly entry: DeleteEntry; readonly error: S3Error };

/** Deletes up to a thousand versions or keys; each fails or succeeds for itself. */
export const deleteObjects: Operation<DeleteObjectsRequest, readonly DeleteOutcome[]> = {
  name: "DeleteObjects",
  route: { method: "POST", level: "bucket", query: ["delete"] },

  async read(request) {
    const { bucket, integrity } = request;
    if (bucket === null) throw s3Error("MethodNotAllowed");
    if (integrity.contentMd5 === undefined && integrity.checksum === undefined) {
      throw s3Error("InvalidRequest", {
        message: "Missing required header for this request: Content-MD5 OR x-amz-checksum-*",
      });
    }
    return { bucket, ...parseDeleteList(await request.readText(MAX_DELETE_XML_BYTES)) };
  },

  /** Each key needs rights of its own, and the keys stand in the body: they are asked for one by one. */
  permissions: () => [],

  async run({ bucket, entries }, services, request, access) {
    refuseNeedlessBypass(request, access.bucket);
    const outcomes: DeleteOutcome[] = [];
    let next = 0;
    const worker = async () => {
      for (let at = next++; at < entries.length; at = next++) {
        const entry = entries[at];
        if (entry !== undefined) outcomes[at] = await deleteOne(bucket, entry, { services, request, access });
      }
    };
    await Promise.all(Array.from({ length: Math.min(CONCURRENT_DELETES, entries.length) }, worker));
    return outcomes;
  },

  logged: (outcomes) => ({ objects: outcomes.map(loggedOf) }),

  write(outcomes, response, { isQuiet }) {
    const shown = isQuiet ? outcomes.filter((outcome) => "error" in outcome) : outcomes;
    response.status(200).sendXml(element("DeleteResult", shown.map(outcomeElement), XML_NAMESPACE));
  },
};

interface Exchange {
  readonly services: S3Services;
  readonly request: S3Request;
  readonly access: RequestAccess;
}

async function deleteOne(
  bucket: string,
  entry: DeleteEntry,
  { services: { store }, request, access }: Exchange,
): Promise<DeleteOutcome> {
  const { method } = request;
  const { objectKey, versionId, ifMatch } = entry;
  try {
    requireLegalObjectKey(objectKey);
    const bypassGovernance = isBypassRequested(request);
    await access.require(deletionPermissions({ bucket, objectKey, versionId, ifMatch }, bypassGovernance));
    if (versionId !== undefined) requireVersionId(versionId);
    if (entry.unbuiltCondition !== undefined) throw s3Error("NotImplemented");
    const { ownerId } = await ownNewObject(null, access, request);
    const input = { bucket, objectKey, versionId, ifMatch, ownerId, bypassGovernance };
    const announce = announcement("ObjectRemoved", request);
    return { entry, deleted: await store.deleteObject({ ...input, announce }) };
  } catch (cause) {
    const error = s3ErrorFrom(cause, { method, bucket, objectKey, versionId, uploadId: undefined });
    // What stopped this one would stop the rest: the whole request fails, and can be sent again.
    if (error.status >= 500 && error.code !== "NotImplemented") throw cause;
    return { entry, error: isUnknownVersion(error) ? s3Error("NoSuchVersion", { cause: error }) : error };
  }
}

/** In a list S3 tells a malformed version id as one that does not exist. */
function isUnknownVersion({ code, message }: S3Error): boolean {
  return code === "InvalidArgument" && message === "Invalid version id specified";
}

function loggedOf(outcome: DeleteOutcome): LoggedObject {
  const { objectKey, versionId = null } = outcome.entry;
  if ("deleted" in outcome) {
    return { objectKey, versionId: versionId ?? outcome.deleted.versionId, status: 204, errorCode: null };
  }
  const { status, code } = outcome.error;
  return { objectKey, versionId, status, errorCode: code };
}

function outcomeElement(outcome: DeleteOutcome): XmlElement {
  const { objectKey, versionId } = outcome.entry;
  const named = [
    element("Key", objectKey),
    versionId === undefined ? undefined : element("VersionId", versionId),
  ];
  if ("error" in outcome) {
    const { code, message } = outcome.error;
    return element("Error", [...named, element("Code", code), element("Message", message)]);
  }
  const { deleteMarker, versionId: touched } = outcome.deleted;
  if (!deleteMarker) return element("Deleted", named);
  return element("Deleted", [
    ...named,
    element("DeleteMarker", true),
    touched === null ? undefined : element("DeleteMarkerVersionId", touched),
  ]);
}
