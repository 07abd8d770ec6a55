import { randomOf } from "../harness/test-bytes.ts";
import {
  BrokenResponseError,
  errorCodeOf,
  type WireClient,
  type WireResponse,
  xmlTexts,
} from "../harness/wire-client.ts";
import { ABSENT, type KeyHistory, makeValue, type Value, type VersionHistory } from "./key-history.ts";

export const PLAIN_BUCKET = "crash-plain";
export const VERSIONED_BUCKET = "crash-versioned";

/** More would only make each look at them slower. */
const MOST_VERSIONS = 12;

export interface LaneCounts {
  acknowledged: number;
  unanswered: number;
  refused: number;
}

export interface LaneState {
  readonly name: string;
  readonly keys: readonly KeyHistory[];
  /** Written by every lane at once. */
  readonly contended: readonly KeyHistory[];
  readonly versioned: readonly VersionHistory[];
}

/**
 * One client that writes, copies, overwrites and deletes as fast as it is answered, until `stopped()`.
 * Every outcome is noted in the histories; an answer no crash explains goes to `problems`.
 */
export class LoadLane {
  readonly #client: WireClient;
  readonly #state: LaneState;
  readonly #random: () => number;
  readonly #counts: LaneCounts;
  readonly #problems: string[];
  #serial = 0;

  constructor(client: WireClient, state: LaneState, seed: string, counts: LaneCounts, problems: string[]) {
    this.#client = client;
    this.#state = state;
    this.#random = randomOf(`${seed}/${state.name}`);
    this.#counts = counts;
    this.#problems = problems;
  }

  async run(stopped: () => boolean): Promise<void> {
    while (!stopped()) await this.#step();
  }

  async #step(): Promise<void> {
    const dice = this.#random();
    const history = this.#pick(this.#state.keys);
    if (dice < 0.4) await this.#put(history, 1 + Math.floor(this.#random() * 8192));
    else if (dice < 0.5) await this.#put(history, 200 * 1024);
    else if (dice < 0.54) await this.#put(history, 5 << 20);
    else if (dice < 0.62) await this.#multipart(history);
    else if (dice < 0.72) await this.#copy(history);
    else if (dice < 0.8) await this.#delete(history);
    else if (dice < 0.86)
      await this.#put(this.#pick(this.#state.contended), this.#random() < 0.7 ? 3000 : 150_000);
    else if (dice < 0.94) await this.#putVersion(this.#pick(this.#state.versioned));
    else if (dice < 0.97) await this.#deleteVersion(this.#pick(this.#state.versioned));
    else await this.#markDeleted(this.#pick(this.#state.versioned));
  }

  async #put(history: KeyHistory, sizeBytes: number): Promise<void> {
    const { value, bytes } = this.#newValue(sizeBytes);
    const attempt = history.begin(value);
    const response = await this.#send("PUT", PLAIN_BUCKET, history.objectKey, { body: bytes });
    if (response !== null) history.acknowledge(attempt);
  }

  async #delete(history: KeyHistory): Promise<void> {
    const attempt = history.begin(ABSENT);
    const response = await this.#send("DELETE", PLAIN_BUCKET, history.objectKey, {});
    if (response !== null) history.acknowledge(attempt);
  }

  async #copy(history: KeyHistory): Promise<void> {
    const source = this.#pick(this.#state.keys);
    const value = source.certain();
    if (value === undefined || value === ABSENT || source === history) return;
    const attempt = history.begin(value);
    const headers = { "x-amz-copy-source": `/${PLAIN_BUCKET}/${source.objectKey}` };
    const response = await this.#send("PUT", PLAIN_BUCKET, history.objectKey, { headers });
    if (response === null) return;
    // A copy may answer 200 and then an Error document: that is not an acknowledgement.
    if (xmlTexts(response.body, "ETag").length === 1) history.acknowledge(attempt);
  }

  async #multipart(history: KeyHistory): Promise<void> {
    const objectKey = history.objectKey;
    const created = await this.#send("POST", PLAIN_BUCKET, objectKey, { query: { uploads: "" } });
    const uploadId = created === null ? undefined : xmlTexts(created.body, "UploadId")[0];
    if (uploadId === undefined) return;
    const sizes = this.#random() < 0.3 ? [5 << 20, 100_000] : [Math.ceil(this.#random() * 300_000)];
    const { value, bytes } = this.#newValue(sizes.reduce((sum, size) => sum + size, 0));
    const etags: string[] = [];
    let offset = 0;
    for (const [index, size] of sizes.entries()) {
      const query = { partNumber: String(index + 1), uploadId };
      const body = bytes.subarray(offset, offset + size);
      const part = await this.#send("PUT", PLAIN_BUCKET, objectKey, { query, body });
      if (part === null) return;
      etags.push(String(part.headers.etag));
      offset += size;
    }
    const attempt = history.begin(value);
    const parts = etags.map(
      (etag, index) =>
        `<Part><PartNumber>${index + 1}</PartNumber><ETag>${etag.replaceAll('"', "&quot;")}</ETag></Part>`,
    );
    const body = Buffer.from(`<CompleteMultipartUpload>${parts.join("")}</CompleteMultipartUpload>`);
    const response = await this.#send("POST", PLAIN_BUCKET, objectKey, { query: { uploadId }, body });
    if (response !== null && xmlTexts(response.body, "ETag").length === 1) history.acknowledge(attempt);
  }

  async #putVersion(history: VersionHistory): Promise<void> {
    if (history.acknowledged.size >= MOST_VERSIONS) return this.#deleteVersion(history);
    const { value, bytes } = this.#newValue(this.#random() < 0.7 ? 2000 : 120_000);
    const response = await this.#send("PUT", VERSIONED_BUCKET, history.objectKey, { body: bytes });
    this.#noteVersion(history, response, value);
  }

  async #markDeleted(history: VersionHistory): Promise<void> {
    const response = await this.#send("DELETE", VERSIONED_BUCKET, history.objectKey, {});
    this.#noteVersion(history, response, ABSENT);
  }

  #noteVersion(history: VersionHistory, response: WireResponse | null, value: Value): void {
    const versionId = response?.headers["x-amz-version-id"];
    if (response === null) history.unanswered.push(value);
    else if (typeof versionId === "string") history.acknowledged.set(versionId, value);
    else this.#problems.push(`${history.objectKey}: a write to a versioned bucket told no version id`);
  }

  async #deleteVersion(history: VersionHistory): Promise<void> {
    const versionId = [...history.acknowledged.keys()][0];
    if (versionId === undefined || history.maybeDeleted.has(versionId)) return;
    const response = await this.#send("DELETE", VERSIONED_BUCKET, history.objectKey, {
      query: { versionId },
    });
    if (response === null) history.maybeDeleted.add(versionId);
    else history.acknowledged.delete(versionId);
  }

  /** The response when the write was acknowledged; null when nobody knows. */
  async #send(
    method: string,
    bucket: string,
    objectKey: string,
    more: { query?: Record<string, string>; headers?: Record<string, string>; body?: Buffer },
  ): Promise<WireResponse | null> {
    try {
      const response = await this.#client.request({ method, bucket, objectKey, ...more });
      if (response.status >= 200 && response.status < 300) {
        this.#counts.acknowledged++;
        return response;
      }
      this.#counts.refused++;
      if (response.status < 500)
        this.#problems.push(
          `${method} ${bucket}/${objectKey} ${JSON.stringify(more.query ?? {})}: ${response.status} ${errorCodeOf(response)}`,
        );
      return null;
    } catch (error) {
      if (!(error instanceof BrokenResponseError)) throw error;
      this.#counts.unanswered++;
      // The server may be down: do not spin until this lane is told to stop.
      await new Promise((resolve) => setTimeout(resolve, 20));
      return null;
    }
  }

  #newValue(sizeBytes: number): ReturnType<typeof makeValue> {
    return makeValue(`${this.#state.name}/${this.#serial++}/${this.#random()}`, sizeBytes);
  }

  #pick<Item>(items: readonly Item[]): Item {
    const item = items[Math.floor(this.#random() * items.length)];
    if (item === undefined) throw new Error("nothing to pick from");
    return item;
  }
}
