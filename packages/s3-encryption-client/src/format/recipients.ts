// This library's extension of format 3: more recipients of one data key, as a JSON list in `strongroom-recipients`.
import { decodeBase64, encodeBase64 } from "./base64.ts";
import type { WrappedDataKey } from "./envelope.ts";
import { parseTextMap, printTextMap } from "./metadata-text.ts";
import { findWrappingCode, WRAPPING_ALGORITHMS } from "./wrapping-algorithms.ts";

const MAX_RECIPIENTS = 16;

/** `[[code, base64, context], …]`: short, since all user metadata of an object has to fit into 2 KB. */
export function printRecipients(recipients: readonly WrappedDataKey[]): string {
  const rows = recipients.map(({ wrappingAlgorithm, encryptedDataKey, storedContext }) => {
    const code = JSON.stringify(WRAPPING_ALGORITHMS[wrappingAlgorithm].code);
    return `[${code},${JSON.stringify(encodeBase64(encryptedDataKey))},${printTextMap(storedContext)}]`;
  });
  return `[${rows.join(",")}]`;
}

/** Null for anything that `printRecipients` would not print. */
export function parseRecipients(text: string): readonly WrappedDataKey[] | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return null;
  }
  if (!Array.isArray(parsed) || parsed.length > MAX_RECIPIENTS) return null;
  const recipients: WrappedDataKey[] = [];
  for (const row of parsed as readonly unknown[]) {
    const recipient = Array.isArray(row) && row.length === 3 ? parseRow(row) : null;
    if (recipient === null) return null;
    recipients.push(recipient);
  }
  return recipients;
}

function parseRow([code, dataKey, context]: readonly unknown[]): WrappedDataKey | null {
  if (typeof code !== "string" || typeof dataKey !== "string") return null;
  const wrappingAlgorithm = findWrappingCode(code);
  const encryptedDataKey = decodeBase64(dataKey);
  const storedContext = parseTextMap(JSON.stringify(context));
  if (wrappingAlgorithm === null || encryptedDataKey === null || storedContext === null) return null;
  return encryptedDataKey.length === 0 ? null : { wrappingAlgorithm, encryptedDataKey, storedContext };
}
