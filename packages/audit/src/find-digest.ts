import type { AuditKeys } from "./audit-keys.ts";
import { isSignatureGood, parseSignedDigest, type SignedDigest } from "./digest.ts";
import { digestName, findFile } from "./trail-folder.ts";

export { listDigests } from "./trail-folder.ts";

/** null: it is not there, or is not what was signed, which verification names. */
export async function findDigest(
  folder: string,
  keys: AuditKeys,
  number: number,
): Promise<SignedDigest | null> {
  const content = await findFile(folder, digestName(number));
  if (content === null) return null;
  try {
    const signed = parseSignedDigest(number, content.toString("utf8"));
    return isSignatureGood(keys, signed) ? signed : null;
  } catch {
    return null;
  }
}
