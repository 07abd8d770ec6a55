import { optionalText, parseXml, requireRoot } from "@strongroom/wire";
import { bucketPermission } from "../auth/object-permissions.ts";
import { s3Error } from "../errors.ts";
import { requireBucketName } from "../http/addressed.ts";
import type { Operation } from "../operation.ts";

interface Input {
  readonly bucket: string;
  readonly state: "enabled" | "suspended";
}

const DOCUMENT_LIMIT_BYTES = 16 * 1024;

export const putBucketVersioning: Operation<Input, void> = {
  name: "PutBucketVersioning",
  route: { method: "PUT", level: "bucket", query: ["versioning"] },
  read: async (request) => ({
    bucket: requireBucketName(request),
    state: readState(await request.readText(DOCUMENT_LIMIT_BYTES)),
  }),
  permissions: bucketPermission("s3:PutBucketVersioning"),
  run: ({ bucket, state }, { store }) => store.setVersioning(bucket, state),
  write: (_output, response) => response.sendEmpty(),
};

function readState(text: string): Input["state"] {
  const root = requireRoot(parseXml(text), "VersioningConfiguration");
  const status = optionalText(root, "Status");
  const mfaDelete = optionalText(root, "MfaDelete");
  if (mfaDelete === "Enabled") {
    throw s3Error("NotImplemented", { message: "MFA delete is not implemented" });
  }
  if (mfaDelete !== undefined && mfaDelete !== "Disabled") throw s3Error("MalformedXML");
  if (status === undefined) throw s3Error("IllegalVersioningConfigurationException");
  if (status === "Enabled") return "enabled";
  if (status === "Suspended") return "suspended";
  throw s3Error("MalformedXML");
}
