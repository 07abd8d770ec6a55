import { Readable } from "node:stream";
import { ListObjectVersionsCommand, type S3Client } from "@aws-sdk/client-s3";
import { optionalText, parseXml, requiredText, type XmlNode } from "@strongroom/wire";
import { ImportError } from "./import-error.ts";
import type { SourceVersion } from "./import-source.ts";

/** A page of 1,000 versions with keys of 1,024 escaped bytes and their owners stays below it. */
const PAGE_LIMITS = { sizeLimit: 16 << 20, elementLimit: 50_000 };
const ROWS = ["Version", "DeleteMarker"];

/**
 * All versions of a bucket as pages: keys in the order of their UTF-8 bytes, the newest version of each first. Read from the document
 * itself: the SDK keeps versions and delete markers apart, and so loses their order.
 */
export async function* listVersionPages(
  client: S3Client,
  Bucket: string,
  Prefix: string,
): AsyncGenerator<readonly SourceVersion[]> {
  let markers: { KeyMarker?: string; VersionIdMarker?: string } | null = {};
  while (markers !== null) {
    const command = new ListObjectVersionsCommand({ Bucket, Prefix, EncodingType: "url", ...markers });
    const text = captureBody(command);
    await client.send(command);
    const page = parseXml(text(), PAGE_LIMITS);
    yield page.children.filter(({ name }) => ROWS.includes(name)).map(parseRow);
    markers = nextMarkers(page, markers.KeyMarker ?? "", markers.VersionIdMarker ?? "");
  }
}

function nextMarkers(page: XmlNode, keyMarker: string, versionIdMarker: string) {
  if (optionalText(page, "IsTruncated") !== "true") return null;
  const KeyMarker = decodeListedKey(optionalText(page, "NextKeyMarker") ?? "");
  const VersionIdMarker = optionalText(page, "NextVersionIdMarker") ?? "";
  if (KeyMarker === "" || (KeyMarker === keyMarker && VersionIdMarker === versionIdMarker))
    throw new ImportError("StoreFailed", "unavailable", "a listing goes on but does not say where");
  return VersionIdMarker === "" ? { KeyMarker } : { KeyMarker, VersionIdMarker };
}

function parseRow(row: XmlNode): SourceVersion {
  const versionId = optionalText(row, "VersionId") ?? "null";
  return {
    kind: row.name === "Version" ? "object" : "delete-marker",
    objectKey: decodeListedKey(requiredText(row, "Key")),
    versionId: versionId === "null" || versionId === "" ? null : versionId,
    lastModifiedMs: Date.parse(requiredText(row, "LastModified")),
    sizeBytes: Number(optionalText(row, "Size") ?? 0),
    etag: (optionalText(row, "ETag") ?? "").replaceAll('"', ""),
  };
}

/** A key as `encoding-type=url` prints it. Throws ImportError for one that is no UTF-8. */
export function decodeListedKey(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch (cause) {
    throw new ImportError("Unsupported", "state", "a listing holds a key that is no UTF-8", {}, cause);
  }
}

/** Keeps the text of the answer to one command; the SDK reads the same bytes. */
function captureBody(command: ListObjectVersionsCommand): () => string {
  let bytes = new Uint8Array();
  const keep =
    <Input, Output extends { readonly response: unknown }>(next: (input: Input) => Promise<Output>) =>
    async (input: Input): Promise<Output> => {
      const output = await next(input);
      const { response } = output;
      if (isAnswer(response)) {
        const pieces: Uint8Array[] = [];
        for await (const piece of response.body) pieces.push(piece);
        bytes = Buffer.concat(pieces);
        response.body = Readable.from([bytes]);
      }
      return output;
    };
  command.middlewareStack.addRelativeTo(keep, {
    name: "keepListing",
    relation: "after",
    toMiddleware: "deserializerMiddleware",
  });
  return () => Buffer.from(bytes).toString("utf8");
}

function isAnswer(response: unknown): response is { body: AsyncIterable<Uint8Array> } {
  return (
    typeof response === "object" &&
    response !== null &&
    "body" in response &&
    typeof response.body === "object" &&
    response.body !== null &&
    Symbol.asyncIterator in response.body
  );
}
