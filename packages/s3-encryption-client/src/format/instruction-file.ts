import { InvalidInstructionFileError } from "../errors.ts";
import type { ContentCommitment, Envelope } from "./envelope.ts";
import * as names from "./metadata-names.ts";
import { decodeHeaderText } from "./metadata-text.ts";
import { type Fields, parseV3Keys, parseWhole } from "./parse-envelope.ts";

export const DEFAULT_INSTRUCTION_SUFFIX = ".instruction";
/** Far above what any writer makes: a wrapped data key, a context and a few names. */
export const MAX_INSTRUCTION_FILE_BYTES = 64 * 1024;

const KNOWN_V1_V2: ReadonlySet<string> = new Set([...names.V1_V2_NAMES, ...names.INFORMATIONAL_NAMES]);
const KNOWN_V3: ReadonlySet<string> = new Set([...names.V3_KEY_NAMES, names.RECIPIENTS]);
/** Some writers print these as numbers, or as null. */
const NUMERIC: ReadonlySet<string> = new Set([names.TAG_LENGTH, names.UNENCRYPTED_LENGTH]);

/**
 * The envelope whose keys are in an instruction file. `content` is what the object's own metadata says: format 3 keeps
 * it there, and only there, or whoever may write to the bucket could exchange the keys. Null means format 1 or 2.
 * Throws InvalidInstructionFileError, InvalidEnvelopeError and UnsupportedFormatError.
 */
export function parseInstructionFile(text: string, content: ContentCommitment | null): Envelope {
  const fields = parseFields(text, content === null ? KNOWN_V1_V2 : KNOWN_V3);
  if (content !== null) {
    requireName(fields, names.V3_KEY);
    return { ...content, ...parseV3Keys(fields, decodeHeaderText) };
  }
  if (fields.has(names.V1_KEY) === fields.has(names.V2_KEY))
    throw new InvalidInstructionFileError("The instruction file has no data key, or two");
  return parseWhole(fields, decodeHeaderText);
}

function parseFields(text: string, known: ReadonlySet<string>): Fields {
  const fields = new Map<string, string>();
  for (const [anyCase, value] of Object.entries(parseObject(text))) {
    const name = anyCase.toLowerCase();
    if (!known.has(name))
      throw new InvalidInstructionFileError("The instruction file has names that do not belong into it");
    if (fields.has(name)) throw new InvalidInstructionFileError(`The instruction file has ${name} twice`);
    const printed = NUMERIC.has(name) && Number.isInteger(value) ? String(value) : value;
    if (NUMERIC.has(name) && printed === null) continue;
    if (typeof printed !== "string")
      throw new InvalidInstructionFileError(`${name} of the instruction file is no text`);
    if (printed !== "") fields.set(name, printed);
  }
  return fields;
}

function parseObject(text: string): object {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new InvalidInstructionFileError("The instruction file is not JSON");
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed))
    throw new InvalidInstructionFileError("The instruction file is not a JSON object");
  return parsed;
}

function requireName(fields: Fields, name: string): void {
  if (!fields.has(name)) throw new InvalidInstructionFileError(`The instruction file has no ${name}`);
}
