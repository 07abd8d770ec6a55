// From metadata, which anyone who may write to the bucket can change, to an envelope; or one typed error.
import type { Bytes } from "../bytes.ts";
import { isAllZero } from "../bytes.ts";
import { InvalidEnvelopeError, UnsupportedFormatError } from "../errors.ts";
import { type AlgorithmSuite, CBC_SUITE, COMMITTING_GCM_SUITE, GCM_SUITE } from "./algorithm-suites.ts";
import { decodeBase64 } from "./base64.ts";
import {
  COMMITMENT_BYTES,
  type CommittingEnvelope,
  type ContentCommitment,
  type Envelope,
  MESSAGE_ID_BYTES,
  type PlainEnvelope,
  type WrappedDataKey,
} from "./envelope.ts";
import * as names from "./metadata-names.ts";
import { decodeHeaderText, parseTextMap, type TextMap } from "./metadata-text.ts";
import { parseRecipients } from "./recipients.ts";
import { findWrappingAlgorithm, findWrappingCode, WRAPPING_ALGORITHMS } from "./wrapping-algorithms.ts";

/** A KMS ciphertext blob has at most 6144 bytes; RSA and AES wrappings are far smaller. */
const MAX_ENCRYPTED_DATA_KEY_BYTES = 6144;
const MAX_VALUE_CHARS = 32 * 1024;
/** An AES-ECB wrapping of 32 bytes has 48: what is longer was wrapped with RSA. Format 1 does not say. */
const V1_LONGEST_AES_WRAPPING = 48;

/** Values by lower-case name; a name that is absent or empty has none. */
export type Fields = ReadonlyMap<string, string>;

/** What an object's own metadata says: everything, the content's half of format 3, or nothing. */
export type ObjectEnvelope =
  | { readonly kind: "whole"; readonly envelope: Envelope }
  | { readonly kind: "split"; readonly content: ContentCommitment }
  | { readonly kind: "absent" };

/** Names any case, values as the HTTP layer gave them. Throws InvalidEnvelopeError for one name with two values. */
export function readFields(metadata: Readonly<Record<string, string | undefined>>): Fields {
  const fields = new Map<string, string>();
  for (const [anyCase, value] of Object.entries(metadata)) {
    const name = anyCase.toLowerCase();
    // Some writers set names they do not use to "", which most servers drop: the same as not there.
    if (value === undefined || value === "" || !names.RESERVED_NAMES.has(name)) continue;
    if (typeof value !== "string" || value.length > MAX_VALUE_CHARS) throw invalid(`${name} is too long`);
    if (fields.has(name) && fields.get(name) !== value) throw invalid(`${name} is there twice`);
    fields.set(name, value);
  }
  return fields;
}

/** Throws InvalidEnvelopeError and UnsupportedFormatError. */
export function parseObjectMetadata(metadata: Readonly<Record<string, string | undefined>>): ObjectEnvelope {
  const fields = readFields(metadata);
  const exclusive = [names.V1_KEY, names.V2_KEY, names.V3_KEY].filter((name) => fields.has(name));
  if (exclusive.length > 1) throw invalid("it has data keys of more than one format");
  if (exclusive.length === 1) return { kind: "whole", envelope: parseWhole(fields, decodeHeaderText) };
  // Without a data key here, anything of formats 1 and 2 would be combined with an instruction file's: refused.
  refuse(fields, names.V1_V2_NAMES, "it has parts of format 1 or 2 but no data key");
  const isSplit = names.V3_CONTENT_NAMES.some((name) => fields.has(name));
  if (!isSplit) {
    refuse(fields, names.V3_KEY_NAMES, "it has parts of format 3 but no data key");
    return { kind: "absent" };
  }
  refuse(fields, names.V3_KEY_NAMES, "it has parts of format 3 that belong to the instruction file");
  refuse(fields, [names.RECIPIENTS], "it has recipients but no data key");
  return { kind: "split", content: parseContentCommitment(fields) };
}

/** An envelope that is all in one place. `decode` undoes what the place does to text. */
export function parseWhole(fields: Fields, decode: (text: string) => string): Envelope {
  if (fields.has(names.V3_KEY)) {
    refuse(fields, names.V1_V2_NAMES, "it mixes format 3 with format 1 or 2");
    return { ...parseContentCommitment(fields), ...parseV3Keys(fields, decode) };
  }
  refuse(fields, [...names.V3_CONTENT_NAMES, ...names.V3_KEY_NAMES], "it mixes format 1 or 2 with format 3");
  refuse(fields, [names.RECIPIENTS], "formats 1 and 2 have one recipient");
  return fields.has(names.V1_KEY) ? parseV1(fields, decode) : parseV2(fields, decode);
}

/** The half of format 3 that wraps the data key. */
export function parseV3Keys(
  fields: Fields,
  decode: (text: string) => string,
): Omit<CommittingEnvelope, keyof ContentCommitment> {
  const code = require(fields, names.V3_WRAPPING_ALGORITHM);
  const wrappingAlgorithm = findWrappingCode(code);
  if (wrappingAlgorithm === null)
    throw new UnsupportedFormatError(
      "The wrapping algorithm of the object's data key is not known to format 3",
    );
  const contextName = WRAPPING_ALGORITHMS[wrappingAlgorithm].isKms
    ? names.V3_ENCRYPTION_CONTEXT
    : names.V3_MATERIALS_DESCRIPTION;
  const recipients = fields.get(names.RECIPIENTS);
  return {
    formatVersion: 3,
    suite: COMMITTING_GCM_SUITE,
    wrappingAlgorithm,
    encryptedDataKey: requireDataKey(fields, names.V3_KEY),
    storedContext: parseContext(fields, contextName, decode),
    otherRecipients: recipients === undefined ? [] : parseOthers(decode(recipients)),
  };
}

function parseOthers(text: string): readonly WrappedDataKey[] {
  const recipients = parseRecipients(text);
  if (recipients === null) throw invalid(`${names.RECIPIENTS} is not a list of wrapped data keys`);
  return recipients;
}

function parseContentCommitment(fields: Fields): ContentCommitment {
  const algorithm = require(fields, names.V3_CONTENT_ALGORITHM);
  if (algorithm !== COMMITTING_GCM_SUITE.contentAlgorithm)
    throw new UnsupportedFormatError("The content algorithm of the object is not known to format 3");
  const messageId = requireBytes(fields, names.V3_MESSAGE_ID, MESSAGE_ID_BYTES);
  if (isAllZero(messageId)) throw invalid(`${names.V3_MESSAGE_ID} is all zeros`);
  return { messageId, commitment: requireBytes(fields, names.V3_COMMITMENT, COMMITMENT_BYTES) };
}

function parseV1(fields: Fields, decode: (text: string) => string): PlainEnvelope {
  const algorithm = fields.get(names.CONTENT_ALGORITHM);
  if (algorithm !== undefined && algorithm !== CBC_SUITE.contentAlgorithm)
    throw invalid("format 1 has no such content algorithm");
  if (!fields.has(names.MATERIALS_DESCRIPTION)) throw invalid(`${names.MATERIALS_DESCRIPTION} is missing`);
  const encryptedDataKey = requireDataKey(fields, names.V1_KEY);
  const wrapping = fields.get(names.WRAPPING_ALGORITHM);
  const implied = encryptedDataKey.length > V1_LONGEST_AES_WRAPPING ? "RSA" : "AES";
  const wrappingAlgorithm = wrapping === undefined ? implied : requireWrapping(wrapping);
  if (!WRAPPING_ALGORITHMS[wrappingAlgorithm].isLegacy)
    throw invalid("format 1 has no such wrapping algorithm");
  return {
    formatVersion: 1,
    suite: CBC_SUITE,
    iv: requireBytes(fields, names.IV, CBC_SUITE.nonceBytes),
    wrappingAlgorithm,
    encryptedDataKey,
    storedContext: parseContext(fields, names.MATERIALS_DESCRIPTION, decode),
    otherRecipients: [],
  };
}

function parseV2(fields: Fields, decode: (text: string) => string): PlainEnvelope {
  const suite = requireV2Suite(require(fields, names.CONTENT_ALGORITHM));
  const tagBits = fields.get(names.TAG_LENGTH);
  // One of Amazon's own test objects has no tag length; every AES-GCM object has 128 bits all the same.
  const isRightTag = suite.isAuthenticated ? tagBits === "128" : tagBits === "0";
  if (tagBits !== undefined && !isRightTag)
    throw invalid(`${names.TAG_LENGTH} does not fit the content algorithm`);
  const iv = requireBytes(fields, names.IV, suite.nonceBytes);
  if (suite.isAuthenticated && isAllZero(iv)) throw invalid(`${names.IV} is all zeros`);
  return {
    formatVersion: 2,
    suite,
    iv,
    wrappingAlgorithm: requireWrapping(require(fields, names.WRAPPING_ALGORITHM)),
    encryptedDataKey: requireDataKey(fields, names.V2_KEY),
    // Tools that copy objects lose it; the official readers take that for an empty one.
    storedContext: parseContext(fields, names.MATERIALS_DESCRIPTION, decode),
    otherRecipients: [],
  };
}

function requireV2Suite(algorithm: string): AlgorithmSuite {
  const suite = [GCM_SUITE, CBC_SUITE].find((known) => known.contentAlgorithm === algorithm);
  if (suite === undefined)
    throw new UnsupportedFormatError("The content algorithm of the object is not known to format 2");
  return suite;
}

function requireWrapping(name: string): PlainEnvelope["wrappingAlgorithm"] {
  const algorithm = findWrappingAlgorithm(name);
  if (algorithm === null)
    throw new UnsupportedFormatError("The wrapping algorithm of the object's data key is not known");
  return algorithm;
}

function parseContext(fields: Fields, name: string, decode: (text: string) => string): TextMap {
  const value = fields.get(name);
  const map = parseTextMap(value === undefined ? undefined : decode(value));
  if (map === null) throw invalid(`${name} is not a JSON object of strings`);
  return map;
}

function requireDataKey(fields: Fields, name: string): Bytes {
  const bytes = decodeBase64(require(fields, name));
  if (bytes === null) throw invalid(`${name} is not base64`);
  if (bytes.length === 0 || bytes.length > MAX_ENCRYPTED_DATA_KEY_BYTES)
    throw invalid(`${name} has a wrong length`);
  return bytes;
}

function requireBytes(fields: Fields, name: string, length: number): Bytes {
  const bytes = decodeBase64(require(fields, name));
  if (bytes === null) throw invalid(`${name} is not base64`);
  if (bytes.length !== length) throw invalid(`${name} has a wrong length`);
  return bytes;
}

function require(fields: Fields, name: string): string {
  const value = fields.get(name);
  if (value === undefined) throw invalid(`${name} is missing`);
  return value;
}

function refuse(fields: Fields, unwanted: readonly string[], why: string): void {
  if (unwanted.some((name) => fields.has(name))) throw invalid(why);
}

function invalid(why: string): InvalidEnvelopeError {
  return new InvalidEnvelopeError(`The object's encryption metadata is not valid: ${why}`);
}
