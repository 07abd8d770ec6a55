import { encodeBase64 } from "./base64.ts";
import type { Envelope } from "./envelope.ts";
import * as names from "./metadata-names.ts";
import { printTextMap } from "./metadata-text.ts";
import { printRecipients } from "./recipients.ts";
import { WRAPPING_ALGORITHMS } from "./wrapping-algorithms.ts";

/** Metadata by name. */
export type PrintedFields = Readonly<Record<string, string>>;

/** Where an envelope goes: all of it to the object, or its keys to an instruction file beside it. */
export interface PrintedEnvelope {
  readonly objectMetadata: PrintedFields;
  /** The body of the instruction file, or null when there is none. */
  readonly instructionFile: string | null;
}

/** Everything in the object's metadata. */
export function printToMetadata(envelope: Envelope): PrintedEnvelope {
  return {
    objectMetadata: { ...printContent(envelope), ...printKeys(envelope) },
    instructionFile: null,
  };
}

/** Format 3 keeps what describes the content with the object; format 2 moves everything. */
export function printToInstructionFile(envelope: Envelope): PrintedEnvelope {
  return {
    objectMetadata: printContent(envelope),
    instructionFile: JSON.stringify(printKeys(envelope)),
  };
}

function printContent(envelope: Envelope): PrintedFields {
  if (envelope.formatVersion !== 3) return {};
  return {
    [names.V3_CONTENT_ALGORITHM]: envelope.suite.contentAlgorithm,
    [names.V3_COMMITMENT]: encodeBase64(envelope.commitment),
    [names.V3_MESSAGE_ID]: encodeBase64(envelope.messageId),
  };
}

function printKeys(envelope: Envelope): PrintedFields {
  const { isKms, code } = WRAPPING_ALGORITHMS[envelope.wrappingAlgorithm];
  const context = printTextMap(envelope.storedContext);
  const dataKey = encodeBase64(envelope.encryptedDataKey);
  if (envelope.formatVersion === 3) {
    return {
      [names.V3_KEY]: dataKey,
      [names.V3_WRAPPING_ALGORITHM]: code ?? "",
      [isKms ? names.V3_ENCRYPTION_CONTEXT : names.V3_MATERIALS_DESCRIPTION]: context,
      ...(envelope.otherRecipients.length > 0
        ? { [names.RECIPIENTS]: printRecipients(envelope.otherRecipients) }
        : {}),
    };
  }
  return {
    [names.V2_KEY]: dataKey,
    [names.IV]: encodeBase64(envelope.iv),
    [names.CONTENT_ALGORITHM]: envelope.suite.contentAlgorithm,
    [names.TAG_LENGTH]: String(envelope.suite.tagBytes * 8),
    [names.WRAPPING_ALGORITHM]: envelope.wrappingAlgorithm,
    [names.MATERIALS_DESCRIPTION]: context,
  };
}
