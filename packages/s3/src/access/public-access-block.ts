import { element, optionalText, parseXml, requireRoot, type XmlElement } from "@strongroom/wire";
import { s3Error } from "../errors.ts";
import { s3Document } from "../http/s3-document.ts";

/** Four switches that make public grants ineffective or impossible. */
export interface PublicAccessBlock {
  /** Access lists that grant something to everybody are refused. */
  readonly blockPublicAcls: boolean;
  /** Those that are there already count for nothing. */
  readonly ignorePublicAcls: boolean;
  /** Bucket policies that are public are refused. */
  readonly blockPublicPolicy: boolean;
  /** A public policy that is there already serves nobody outside the owner's account. */
  readonly restrictPublicBuckets: boolean;
}

/** What a new bucket has. */
export const ALL_BLOCKED: PublicAccessBlock = {
  blockPublicAcls: true,
  ignorePublicAcls: true,
  blockPublicPolicy: true,
  restrictPublicBuckets: true,
};

/** What a bucket has whose configuration was deleted. */
export const NOTHING_BLOCKED: PublicAccessBlock = {
  blockPublicAcls: false,
  ignorePublicAcls: false,
  blockPublicPolicy: false,
  restrictPublicBuckets: false,
};

/** Throws MalformedXML. */
export function readPublicAccessBlock(text: string): PublicAccessBlock {
  const root = requireRoot(parseXml(text), "PublicAccessBlockConfiguration");
  const flag = (name: string): boolean => {
    const value = optionalText(root, name)?.toLowerCase();
    if (value === undefined || value === "false") return false;
    if (value === "true") return true;
    throw s3Error("MalformedXML");
  };
  return {
    blockPublicAcls: flag("BlockPublicAcls"),
    ignorePublicAcls: flag("IgnorePublicAcls"),
    blockPublicPolicy: flag("BlockPublicPolicy"),
    restrictPublicBuckets: flag("RestrictPublicBuckets"),
  };
}

export function publicAccessBlockDocument(block: PublicAccessBlock): XmlElement {
  return s3Document("PublicAccessBlockConfiguration", [
    element("BlockPublicAcls", block.blockPublicAcls),
    element("IgnorePublicAcls", block.ignorePublicAcls),
    element("BlockPublicPolicy", block.blockPublicPolicy),
    element("RestrictPublicBuckets", block.restrictPublicBuckets),
  ]);
}

/** The stored form; null: it was deleted, which is not the same as never set. */
export function printStoredBlock(block: PublicAccessBlock | null): string {
  return JSON.stringify(block);
}

/** Throws InternalError for a document this program never wrote: a switch that cannot be read is not guessed. */
export function parseStoredBlock(document: string | undefined): PublicAccessBlock | null {
  if (document === undefined) return ALL_BLOCKED;
  const parsed: unknown = JSON.parse(document);
  if (parsed === null) return null;
  if (typeof parsed !== "object") throw s3Error("InternalError");
  const fields = new Map<string, unknown>(Object.entries(parsed));
  const flag = (name: string): boolean => {
    const value = fields.get(name);
    if (typeof value !== "boolean") throw s3Error("InternalError");
    return value;
  };
  return {
    blockPublicAcls: flag("blockPublicAcls"),
    ignorePublicAcls: flag("ignorePublicAcls"),
    blockPublicPolicy: flag("blockPublicPolicy"),
    restrictPublicBuckets: flag("restrictPublicBuckets"),
  };
}
