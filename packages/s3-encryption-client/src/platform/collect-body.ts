import { type Bytes, concat } from "../bytes.ts";

/** All chunks in one array. */
export async function collectBody(chunks: AsyncIterable<Uint8Array>): Promise<Bytes> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return concat(parts);
}
