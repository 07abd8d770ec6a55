import { utf8 } from "../bytes.ts";
import { UsageError } from "../errors.ts";
import { RESERVED_NAMES } from "../format/metadata-names.ts";
import type { PrintedFields } from "../format/print-envelope.ts";

/** S3's limit for all user metadata of an object, names and values. */
const MAX_METADATA_BYTES = 2048;

/** The caller's metadata with the envelope's. Throws UsageError for names that are the envelope's, and past 2 KB. */
export function mergeMetadata(
  own: Readonly<Record<string, string>> | undefined,
  envelope: PrintedFields,
): Record<string, string> {
  for (const name of Object.keys(own ?? {})) {
    if (RESERVED_NAMES.has(name.toLowerCase()))
      throw new UsageError(`The metadata name ${name} is reserved for the encryption's own metadata`);
  }
  const merged = { ...own, ...envelope };
  const size = Object.entries(merged).reduce(
    (sum, [name, value]) => sum + utf8(name).length + utf8(value).length,
    0,
  );
  if (size > MAX_METADATA_BYTES)
    throw new UsageError(
      `The object's metadata has ${size} bytes with its encryption's, and S3 takes ${MAX_METADATA_BYTES}: ` +
        "set instructionFiles.write, which moves the keys out of it",
    );
  return merged;
}
