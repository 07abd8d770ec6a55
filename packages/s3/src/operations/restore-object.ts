import type { ObjectSelector } from "@strongroom/store";
import { optionalChild, optionalText, parseXml, requiredText, requireRoot } from "@strongroom/wire";
import { objectPermission } from "../auth/object-permissions.ts";
import { invalidArgument, notImplementedHeader, s3Error } from "../errors.ts";
import { originOf } from "../notifications/announcement.ts";
import { isArchiveClass, isRestored } from "../object/archived-version.ts";
import { readObjectAddress, readVersionId } from "../object/object-address.ts";
import { versionIdHeaderOf } from "../object/version-id-header.ts";
import type { Operation } from "../operation.ts";

export interface RestoreObjectRequest extends ObjectSelector {
  readonly days: number;
  readonly tier: Tier;
}

export interface RestoredObject {
  readonly wasRestored: boolean;
  readonly versionIdHeader: string | undefined;
}

const TIERS = ["Standard", "Bulk", "Expedited"] as const;
type Tier = (typeof TIERS)[number];
const DOCUMENT_LIMIT_BYTES = 64 * 1024;
const DAY_MS = 24 * 3600 * 1000;

/**
 * Makes an archived version readable for some days. Nothing has to be fetched here, so it can be read as soon as this
 * is answered; what stays is that reading it takes the right to restore it first, and its expiry.
 */
export const restoreObject: Operation<RestoreObjectRequest, RestoredObject> = {
  name: "RestoreObject",
  route: { method: "POST", level: "object", query: ["restore"] },
  permissions: objectPermission("s3:RestoreObject"),

  async read(request) {
    const address = { ...readObjectAddress(request), versionId: readVersionId(request) };
    return { ...address, ...parseRestore(await request.readText(DOCUMENT_LIMIT_BYTES)) };
  },

  async run({ days, tier, ...selector }, { store, clock }, request, access) {
    const version = await store.readVersion(selector);
    if (!isArchiveClass(version.storageClass)) {
      throw s3Error("InvalidObjectState", {
        message: "Restore is not allowed for the object's current storage class",
        fields: { StorageClass: version.storageClass },
      });
    }
    if (tier === "Expedited" && version.storageClass === "DEEP_ARCHIVE") {
      throw invalidArgument("Retrieval option is not supported by this storage class", "Tier", tier);
    }
    const nowMs = clock.nowMs();
    const named = { ...selector, versionId: version.versionId };
    await store.setRestored({ ...named, origin: originOf(request) }, endOfDay(nowMs + days * DAY_MS));
    return {
      wasRestored: isRestored(version, nowMs),
      versionIdHeader: versionIdHeaderOf(access.bucket, version.versionId),
    };
  },

  write({ wasRestored, versionIdHeader }, response) {
    response
      .status(wasRestored ? 200 : 202)
      .header("x-amz-version-id", versionIdHeader)
      .sendEmpty();
  },
};

function parseRestore(text: string): { days: number; tier: Tier } {
  const root = requireRoot(parseXml(text), "RestoreRequest");
  if (optionalText(root, "Type") !== undefined || optionalChild(root, "OutputLocation") !== undefined) {
    // A query over an archived object, which AWS no longer offers to new customers.
    throw notImplementedHeader("SelectParameters");
  }
  const days = requiredText(root, "Days");
  if (!/^[1-9]\d{0,5}$/.test(days)) throw s3Error("MalformedXML");
  const parameters = optionalChild(root, "GlacierJobParameters");
  const named = parameters === undefined ? optionalText(root, "Tier") : requiredText(parameters, "Tier");
  const tier = TIERS.find((each) => each === (named ?? "Standard"));
  if (tier === undefined) throw s3Error("MalformedXML");
  return { days: Number(days), tier };
}

/** S3 rounds an expiry up to the next midnight, UTC. */
function endOfDay(timeMs: number): number {
  return Math.ceil(timeMs / DAY_MS) * DAY_MS;
}
