import { invalidArgument, s3Error } from "../errors.ts";
import type { S3Request } from "../http/s3-request.ts";

const HEADER = "x-amz-object-attributes";
const NAMES = ["ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"] as const;
export type ObjectAttributeName = (typeof NAMES)[number];

/** The comma-separated list of what GetObjectAttributes is to tell; blanks around names do not count. */
export function readObjectAttributeNames(request: S3Request): ReadonlySet<ObjectAttributeName> {
  const header = request.header(HEADER)?.trim() ?? "";
  if (header === "") {
    throw s3Error("InvalidRequest", {
      message: `The ${HEADER} header specifying the attributes to be retrieved is either missing or empty`,
    });
  }
  const chosen = new Set<ObjectAttributeName>();
  for (const entry of header.split(",")) {
    const name = entry.trim();
    if (!isAttributeName(name)) throw invalidArgument("Invalid attribute name specified.", HEADER, name);
    chosen.add(name);
  }
  return chosen;
}

function isAttributeName(text: string): text is ObjectAttributeName {
  return NAMES.some((name) => name === text);
}
