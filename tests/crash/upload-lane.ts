import { copySourceKeyHeaders, readingHeaders, SCHEMES } from "../harness/schemes.ts";
import { bytesOf } from "../harness/test-bytes.ts";
import { xmlTexts } from "../harness/wire-client.ts";
import { addressOf, copySourceOf, hasEtag, type LaneClient, told, versionOf } from "./lane-client.ts";
import { newValue, type Piece, type Seal } from "./stored-value.ts";
import { ExpiringKey, type Place, type Target, VersionedKey } from "./targets.ts";

const MIN_PART_BYTES = 5 << 20;

interface UploadedPart {
  readonly pieces: readonly Piece[];
  readonly sizeBytes: number;
  readonly etag: string;
}

/** An upload in progress. A kill between two of its requests must not harm it: it is gone on with afterwards. */
export interface OpenUpload {
  readonly target: Target;
  readonly uploadId: string;
  readonly seal: Seal;
  readonly mark: string;
  readonly isOfTwo: boolean;
  /** Acknowledged ones, from number 1 on. */
  readonly parts: UploadedPart[];
}

/** One upload at a time, one request a step. */
export class UploadLane {
  open: OpenUpload | null = null;

  async step(client: LaneClient, pickTarget: () => Target, sources: readonly Place[]): Promise<void> {
    const { open } = this;
    if (open === null) return this.#create(client, pickTarget());
    if (endsByItself(open) && (open.parts.length > 0 || client.random() < 0.3)) {
      this.open = null;
      return;
    }
    if (client.random() < 0.06) return this.#abort(client, open);
    const missing = (open.isOfTwo ? 2 : 1) - open.parts.length;
    if (missing === 0) return this.#complete(client, open);
    if (missing === 1 && client.random() < 0.4) return this.#copyPart(client, open, sources);
    const sizeBytes = missing === 2 ? MIN_PART_BYTES : 1 + Math.floor(client.random() * 250_000);
    await this.#sendPart(client, open, sizeBytes);
  }

  async #create(client: LaneClient, target: Target): Promise<void> {
    const seal = client.pickSeal(SCHEMES);
    const mark = client.newName();
    const headers = { ...seal.headers, "x-amz-meta-mark": mark };
    const request = { method: "POST", ...addressOf(target), query: { uploads: "" }, headers };
    const response = await client.send("CreateMultipartUpload", seal.scheme, request);
    if (response === null) return;
    const uploadId = xmlTexts(response.body, "UploadId")[0] ?? "";
    this.open = { target, uploadId, seal, mark, isOfTwo: client.random() < 0.15, parts: [] };
  }

  async #sendPart(client: LaneClient, open: OpenUpload, sizeBytes: number): Promise<void> {
    const piece = { seed: client.newName(), sizeBytes };
    const headers = readingHeaders(open.seal.scheme);
    const request = { method: "PUT", ...nextPart(open), headers, body: bytesOf(piece.seed, sizeBytes) };
    const response = await client.send(
      "UploadPart",
      open.seal.scheme,
      request,
      undefined,
      endsByItself(open),
    );
    if (response === null) return;
    open.parts.push({ pieces: [piece], sizeBytes, etag: String(response.headers.etag) });
  }

  async #copyPart(client: LaneClient, open: OpenUpload, sources: readonly Place[]): Promise<void> {
    const source = client.pickStored(sources);
    if (source === null) return;
    const { pieces, sizeBytes, seal } = source.value;
    const headers = {
      ...readingHeaders(open.seal.scheme),
      ...copySourceKeyHeaders(seal.scheme),
      "x-amz-copy-source": copySourceOf(source.place),
    };
    const path = `UploadPartCopy from ${seal.scheme}`;
    const request = { method: "PUT", ...nextPart(open), headers };
    const response = await client.send(path, open.seal.scheme, request, hasEtag, endsByItself(open));
    if (response === null) return;
    open.parts.push({ pieces, sizeBytes, etag: xmlTexts(response.body, "ETag")[0] ?? "" });
  }

  async #complete(client: LaneClient, open: OpenUpload): Promise<void> {
    const { target, uploadId, seal, mark, parts } = open;
    this.open = null;
    const value = {
      ...newValue(
        parts.flatMap(({ pieces }) => pieces),
        seal,
        mark,
      ),
      bodies: parts.map(({ sizeBytes }) => sizeBytes),
    };
    const pending = target.begin(value);
    const list = parts.map(
      ({ etag }, at) =>
        `<Part><PartNumber>${at + 1}</PartNumber><ETag>${etag.replaceAll('"', "&quot;")}</ETag></Part>`,
    );
    const body = Buffer.from(`<CompleteMultipartUpload>${list.join("")}</CompleteMultipartUpload>`);
    const path = `CompleteMultipartUpload${target instanceof VersionedKey ? ", versioned" : ""}`;
    const request = { method: "POST", ...addressOf(target), query: { uploadId }, body };
    const response = await client.send(path, seal.scheme, request, hasEtag);
    if (response !== null)
      pending.acknowledge(told(value, xmlTexts(response.body, "ETag")[0]), versionOf(response));
  }

  async #abort(client: LaneClient, open: OpenUpload): Promise<void> {
    const { target, uploadId, seal } = open;
    this.open = null;
    const request = { method: "DELETE", ...addressOf(target), query: { uploadId } };
    await client.send("AbortMultipartUpload", seal.scheme, request, undefined, endsByItself(open));
  }
}

/** The rules of its bucket abort it, at any time. */
const endsByItself = ({ target }: OpenUpload): boolean => target instanceof ExpiringKey;

/** The next number: a part that got no answer is sent again under its own. */
const nextPart = ({ target, uploadId, parts }: OpenUpload) => ({
  ...addressOf(target),
  query: { partNumber: String(parts.length + 1), uploadId },
});
