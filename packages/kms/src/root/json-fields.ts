/** The members of a JSON object, or null for anything else. */
export function parseFields(text: string): Readonly<Record<string, unknown>> | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : null;
}

/** Bytes of exactly this length in canonical base64, or null. */
export function readBase64(value: unknown, sizeBytes: number): Buffer | null {
  if (typeof value !== "string") return null;
  const bytes = Buffer.from(value, "base64");
  return bytes.length === sizeBytes && bytes.toString("base64") === value ? bytes : null;
}
