import { encodeUri, parseXml, WireError } from "@strongroom/wire";
import { s3Error } from "../errors.ts";
import { parseTaggingXml } from "../object/tagging.ts";

/**
 * The `tagging` field, which is a document, as `x-amz-tagging` would say it. A document of another kind names no tags
 * (recorded). Throws MalformedXML and what S3 says of tags that cannot be.
 */
export function taggingHeaderOf(document: string): string | undefined {
  try {
    if (parseXml(document).name !== "Tagging") return undefined;
    const pairs = Object.entries(parseTaggingXml(document));
    return pairs.map((pair) => pair.map((text) => encodeUri(text, { keepSlash: false })).join("=")).join("&");
  } catch (error) {
    throw error instanceof WireError ? s3Error("MalformedXML", { cause: error }) : error;
  }
}
