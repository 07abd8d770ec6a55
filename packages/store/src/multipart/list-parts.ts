import { NO_KEYS } from "../encryption/request-keys.ts";
import type { Engine } from "../engine.ts";
import type { ObjectPart } from "../model.ts";
import type { ListObjectPartsInput, ListUploadPartsInput, PartsPage } from "../object-store.ts";
import { requireVersion } from "../objects/find-version.ts";
import { partNumberOf, partRange } from "../record-keys.ts";
import { decodePart } from "../records.ts";
import { readUpload, toObjectPart } from "./read-upload.ts";

/** Parts of an upload in progress, by number. */
export async function listUploadParts(engine: Engine, input: ListUploadPartsInput): Promise<PartsPage> {
  const { upload } = await readUpload(engine, input);
  const showsChecksums = upload.checksumAlgorithm !== null;
  if (showsChecksums)
    (await engine.encryptor.resume(upload.encryption, input.keys ?? NO_KEYS, input))[Symbol.dispose]();
  return readParts(engine, upload.uid, input, () => true, showsChecksums);
}

/** Parts that a multipart object was completed from; none for an object written whole. */
export async function listObjectParts(engine: Engine, input: ListObjectPartsInput): Promise<PartsPage> {
  const { record } = await requireVersion(engine, input);
  if (!("layout" in record.body)) return { parts: [], nextAfterPartNumber: null };
  const { layout } = record.body;
  const belongs = (partNumber: number): boolean =>
    layout.some(([first, count]) => partNumber >= first && partNumber < first + count);
  return readParts(engine, record.uid, input, belongs, record.checksum?.type === "COMPOSITE");
}

async function readParts(
  engine: Engine,
  uid: string,
  { afterPartNumber: after, limit }: { readonly afterPartNumber: number; readonly limit: number },
  belongs: (partNumber: number) => boolean,
  showChecksum: boolean,
): Promise<PartsPage> {
  if (after >= 0xffff || limit === 0) return { parts: [], nextAfterPartNumber: null };
  const parts: ObjectPart[] = [];
  const range = partRange(uid, after);
  for (let from = range.from; ; ) {
    const page = await engine.index.list({ from, to: range.to, limit: limit + 1 });
    for (const stored of page) {
      const partNumber = partNumberOf(stored.key);
      if (!belongs(partNumber)) continue;
      if (parts.length === limit) return { parts, nextAfterPartNumber: parts.at(-1)?.partNumber ?? null };
      parts.push(toObjectPart(partNumber, decodePart(stored.value), showChecksum));
    }
    const last = page.at(-1);
    if (last === undefined || page.length <= limit) return { parts, nextAfterPartNumber: null };
    from = partRange(uid, partNumberOf(last.key)).from;
  }
}
