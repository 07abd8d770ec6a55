import { bytesOf } from "../harness/test-bytes.ts";
import { BrokenResponseError, errorCodeOf, type WireClient, xmlTexts } from "../harness/wire-client.ts";
import { sha256Of } from "./stored-value.ts";

export const BUCKET = "rewrapped";
/** So many versions of a lane are kept: each is read after every kill. */
const MOST_VERSIONS = 30;
const OBJECT_KEYS = 4;
const MOST_OF_PARTS = 8;

/** A version that was acknowledged. */
export interface KeptVersion {
  readonly objectKey: string;
  readonly versionId: string;
  readonly sha256: string;
  /** Parts of what is removed stay for half a minute, and no proof comes before they are collected: these are kept. */
  readonly isOfParts: boolean;
}

export interface LaneResult {
  acknowledged: number;
  unanswered: number;
}

export interface KeyLaneOptions {
  readonly client: WireClient;
  readonly name: string;
  readonly kmsKeyArns: readonly string[];
  readonly random: () => number;
  readonly result: LaneResult;
  readonly problems: string[];
}

/** One client that puts and removes versions under every scheme, so that they move between the tables of the index. */
export class KeyLane {
  readonly versions: KeptVersion[] = [];
  /** Removals without an answer: these may be gone. */
  readonly maybeGone = new Set<string>();
  readonly #options: KeyLaneOptions;
  #serial = 0;

  constructor(options: KeyLaneOptions) {
    this.#options = options;
  }

  async run(isStopped: () => boolean): Promise<void> {
    while (!isStopped()) {
      const { random } = this.#options;
      if (this.versions.length >= MOST_VERSIONS || random() < 0.25) await this.#remove();
      else if (random() < 0.2 && this.#ofParts() < MOST_OF_PARTS) await this.#putParts();
      else await this.#put();
    }
  }

  #schemeHeaders(): Record<string, string> {
    const { random, kmsKeyArns } = this.#options;
    const dice = random();
    const keyArn = kmsKeyArns[Math.floor(random() * kmsKeyArns.length)] ?? "";
    const named = { "x-amz-server-side-encryption-aws-kms-key-id": keyArn };
    if (dice < 0.5) return {};
    if (dice < 0.8) {
      const bucketKey = { "x-amz-server-side-encryption-bucket-key-enabled": String(dice < 0.65) };
      return { "x-amz-server-side-encryption": "aws:kms", ...named, ...bucketKey };
    }
    return { "x-amz-server-side-encryption": "aws:kms:dsse", ...named };
  }

  #newBody(): Buffer {
    const { name, random } = this.#options;
    const sizeBytes = random() < 0.8 ? Math.ceil(random() * 4_000) : 150_000;
    return bytesOf(`${name}/${this.#serial++}/${random()}`, sizeBytes);
  }

  #objectKey(): string {
    const { name, random } = this.#options;
    return `${name}/${Math.floor(random() * OBJECT_KEYS)}`;
  }

  async #put(): Promise<void> {
    const objectKey = this.#objectKey();
    const body = this.#newBody();
    const response = await this.#send({ method: "PUT", objectKey, body, headers: this.#schemeHeaders() });
    if (response !== null) this.#keep(objectKey, response.headers["x-amz-version-id"], body, false);
  }

  async #putParts(): Promise<void> {
    const objectKey = this.#objectKey();
    const headers = this.#schemeHeaders();
    const created = await this.#send({ method: "POST", objectKey, headers, query: { uploads: "" } });
    const uploadId = created === null ? undefined : xmlTexts(created.body, "UploadId")[0];
    if (uploadId === undefined) return;
    const body = this.#newBody();
    const part = await this.#send({ method: "PUT", objectKey, body, query: { partNumber: "1", uploadId } });
    if (part === null) return;
    const etag = String(part.headers.etag).replaceAll('"', "&quot;");
    const list = `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${etag}</ETag></Part></CompleteMultipartUpload>`;
    const done = await this.#send({
      method: "POST",
      objectKey,
      body: Buffer.from(list),
      query: { uploadId },
    });
    // A completion may answer 200 and then an Error document: that is not an acknowledgement.
    if (done !== null && xmlTexts(done.body, "ETag").length === 1) {
      this.#keep(objectKey, done.headers["x-amz-version-id"], body, true);
    }
  }

  async #remove(): Promise<void> {
    // The newest of its key first, so that an older one becomes current again.
    const at = this.versions.findLastIndex(({ isOfParts }) => !isOfParts);
    const [version] = at < 0 ? [] : this.versions.splice(at, 1);
    if (version === undefined) return;
    const { objectKey, versionId } = version;
    this.maybeGone.add(versionId);
    const response = await this.#send({ method: "DELETE", objectKey, query: { versionId } });
    if (response !== null) this.maybeGone.delete(versionId);
  }

  #ofParts(): number {
    return this.versions.filter(({ isOfParts }) => isOfParts).length;
  }

  #keep(objectKey: string, versionId: unknown, body: Buffer, isOfParts: boolean): void {
    this.versions.push({ objectKey, versionId: String(versionId), sha256: sha256Of(body), isOfParts });
  }

  async #send(request: {
    readonly method: string;
    readonly objectKey: string;
    readonly body?: Buffer;
    readonly headers?: Record<string, string>;
    readonly query?: Record<string, string>;
  }) {
    const { client, result, problems } = this.#options;
    try {
      const response = await client.request({ bucket: BUCKET, ...request });
      if (response.status >= 200 && response.status < 300) {
        result.acknowledged++;
        return response;
      }
      problems.push(
        `${request.method} ${request.objectKey}: ${response.status} ${errorCodeOf(response)} ${response.body.toString().slice(0, 300)}`,
      );
      return null;
    } catch (error) {
      if (!(error instanceof BrokenResponseError)) throw error;
      result.unanswered++;
      // The server may be down: do not spin until this lane is told to stop.
      await new Promise((resolve) => setTimeout(resolve, 20));
      return null;
    }
  }
}
