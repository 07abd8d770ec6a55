import { customerHeaders, readingHeaders, sealLine } from "../harness/schemes.ts";
import type { Tally } from "../harness/tally.ts";
import {
  BrokenResponseError,
  type WireClient,
  type WireRequest,
  type WireResponse,
  xmlTexts,
} from "../harness/wire-client.ts";
import { type DefaultBucket, tellsDefault } from "./default-bucket.ts";
import { addressOf, placeAddress } from "./lane-client.ts";
import {
  ABSENT,
  describeFound,
  describeValue,
  differences,
  type Found,
  isStored,
  sha256Of,
  type Value,
} from "./stored-value.ts";
import { ExpiringKey, type Place, type PlainKey, type VersionedKey } from "./targets.ts";
import type { OpenUpload } from "./upload-lane.ts";

type Addressed = Pick<Place, "bucket" | "objectKey" | "versionId">;

/** Reads back what the histories speak of; `problems` gets a line for each state that cannot be. */
export class StateVerifier {
  readonly #client: WireClient;
  readonly #tally: Tally;
  readonly #problems: string[];

  constructor(client: WireClient, tally: Tally, problems: string[]) {
    this.#client = client;
    this.#tally = tally;
    this.#problems = problems;
  }

  /** Each place holds one possible value, to the last header; its history starts anew from what was found. */
  async verifyPlaces(places: readonly Place[], when: string): Promise<void> {
    await inParallel(8, places, async (place) => {
      const possible = place.history.possible();
      const found = await this.#read(place, possible);
      const value = possible.find((candidate) => differences(candidate, found).length === 0);
      this.#tally.add(place.versionId === undefined ? "keys read back" : "versions read back");
      if (value === undefined) return this.#problem(when, place, found, possible);
      place.history.settle(isStored(value) ? { ...value, etag: found.etag } : value);
      if (place instanceof ExpiringKey && value !== ABSENT) place.history.begin(ABSENT);
    });
  }

  /** The listing names exactly the settled keys, with their sizes and ETags. */
  async verifyListing(bucket: string, keys: readonly PlainKey[], when: string): Promise<void> {
    const listed = await listAll(this.#client, bucket, { "list-type": "2" }, "Contents");
    this.#tally.add("listed keys", listed.length);
    const expected = new Map(keys.map((key) => [key.objectKey, key.history.certain()]));
    for (const { key, size, etag } of listed) {
      const value = expected.get(key);
      if (!isStored(value) || value.sizeBytes !== Number(size) || value.etag !== etag)
        this.#problems.push(
          `${when}: the listing has ${bucket}/${key} of ${size} bytes, ${etag}, not ${value && describeValue(value)}`,
        );
      expected.delete(key);
    }
    for (const [key, value] of expected)
      if (isStored(value)) this.#problems.push(`${when}: the listing lacks ${bucket}/${key}`);
  }

  /** Acknowledged versions are there as they were left, deleted ones are not, and nothing else but unanswered writes. */
  async verifyVersions(
    bucket: string,
    keys: readonly VersionedKey[],
    when: string,
    everything: boolean,
  ): Promise<void> {
    const places = keys.flatMap((key) => key.places());
    await this.verifyPlaces(
      places.filter(({ history }) => everything || history.isTouched),
      when,
    );
    const listed = await listAll(this.#client, bucket, { versions: "" }, "(?:Version|DeleteMarker)");
    await inParallel(8, keys, async (key) => {
      const present = new Map(
        listed.filter((entry) => entry.key === key.objectKey).map((entry) => [entry.versionId, entry]),
      );
      for (const [versionId, { history }] of key.versions) {
        const value = history.certain() ?? ABSENT;
        const entry = present.get(versionId);
        present.delete(versionId);
        if (value === ABSENT) key.versions.delete(versionId);
        const isRight = isStored(value)
          ? entry?.etag === value.etag && Number(entry?.size) === value.sizeBytes
          : (entry === undefined) === (value === ABSENT);
        if (!isRight)
          this.#problems.push(
            `${when}: ${bucket}/${key.objectKey} ${versionId} is ${describeValue(value)}, and listed ${JSON.stringify(entry)}`,
          );
      }
      for (const versionId of present.keys()) await this.#adopt(key, versionId, when);
      key.unanswered.clear();
    });
  }

  /** A version nobody was told of: fine when it is one of the writes that got no answer. */
  async #adopt(key: VersionedKey, versionId: string, when: string): Promise<void> {
    const place = { ...addressOf(key), versionId };
    const candidates = [...key.unanswered];
    const found = await this.#read(place, candidates);
    const value = candidates.find((candidate) => differences(candidate, found).length === 0);
    if (value === undefined) return this.#problem(when, place, found, candidates);
    key.unanswered.delete(value);
    key.add(versionId, isStored(value) ? { ...value, etag: found.etag } : value, true);
    this.#tally.add("unanswered versions that are there");
  }

  /** What was uploaded of it is kept, part by part. */
  async verifyUpload(upload: OpenUpload, when: string): Promise<void> {
    const { target, uploadId, parts } = upload;
    const request = { method: "GET", ...addressOf(target), query: { uploadId } };
    const { status, body } = await this.#client.request(request);
    this.#tally.add("uploads looked at");
    if (status === 404 && target instanceof ExpiringKey) return;
    const etags = xmlTexts(body, "ETag");
    const sizes = xmlTexts(body, "Size");
    const isRight = parts.every(
      ({ etag, sizeBytes }, at) => etags[at] === etag && Number(sizes[at]) === sizeBytes,
    );
    if (status !== 200 || !isRight || etags.length > parts.length + 1)
      this.#problems.push(
        `${when}: the upload of ${target.objectKey} is ${status} with ${etags}, acknowledged: ${parts.map(({ etag }) => etag)}`,
      );
  }

  async verifyDefault({ bucket, history }: DefaultBucket, when: string): Promise<void> {
    const { body } = await this.#client.request({ method: "GET", bucket, query: { encryption: "" } });
    const value = history.possible().find((candidate) => tellsDefault(body, candidate));
    this.#tally.add("bucket defaults looked at");
    if (value === undefined) this.#problems.push(`${when}: the default of ${bucket} is ${body.toString()}`);
    else history.settle(value);
  }

  #problem(when: string, place: Addressed, found: Found, possible: readonly Value[]): void {
    const lines = possible.map((value) => `${describeValue(value)} (not: ${differences(value, found)})`);
    const name = `${place.bucket}/${place.objectKey} ${place.versionId ?? ""}`;
    this.#problems.push(`${when}: ${name} is ${describeFound(found)}, possible: ${lines.join(" or ")}`);
  }

  async #read(place: Addressed, possible: readonly Value[]): Promise<Found> {
    try {
      const response = await this.#get(place, possible);
      const { headers, body, status } = response;
      const isTagged = headers["x-amz-tagging-count"] !== undefined;
      const mayBePublic = possible.some((value) => isStored(value) && value.isPublic);
      return {
        status,
        sizeBytes: body.length,
        sha256: sha256Of(body),
        etag: String(headers.etag),
        sealLine: sealLine(headers),
        mark: String(headers["x-amz-meta-mark"]),
        tag: isTagged ? (xmlTexts(await this.#look(place, "tagging"), "Value")[0] ?? "") : null,
        isPublic: mayBePublic && (await this.#look(place, "acl")).includes("AllUsers"),
        retainUntil: headers["x-amz-object-lock-retain-until-date"]?.toString() ?? null,
        isHeld: headers["x-amz-object-lock-legal-hold"] === "ON",
      };
    } catch (error) {
      if (!(error instanceof BrokenResponseError)) throw error;
      return { ...NOTHING, sizeBytes: error.received.length };
    }
  }

  /** With the customer's key where that is likelier, and without it if not. */
  async #get(place: Addressed, possible: readonly Value[]): Promise<WireResponse> {
    const likely = possible.find(isStored)?.seal.scheme ?? "sse-s3";
    const request: WireRequest = { method: "GET", ...placeAddress(place) };
    const response = await this.#client.request({ ...request, headers: readingHeaders(likely) });
    if (response.status !== 400) return response;
    return this.#client.request({ ...request, headers: likely === "sse-c" ? {} : customerHeaders() });
  }

  async #look(place: Addressed, what: "tagging" | "acl"): Promise<Buffer> {
    const { body } = await this.#client.request({ method: "GET", ...placeAddress(place, { [what]: "" }) });
    return body;
  }
}

const NOTHING: Found = {
  status: -1,
  sizeBytes: 0,
  sha256: "",
  etag: "",
  sealLine: "",
  mark: "",
  tag: null,
  isPublic: false,
  retainUntil: null,
  isHeld: false,
};

export interface ListedEntry {
  readonly key: string;
  readonly size: string;
  readonly etag: string;
  readonly versionId: string;
  readonly uploadId: string;
}

/** Every entry of a listing, all pages. */
export async function listAll(
  client: WireClient,
  bucket: string,
  query: Readonly<Record<string, string>>,
  element: string,
): Promise<ListedEntry[]> {
  const entries: ListedEntry[] = [];
  let marker: Record<string, string> = {};
  for (;;) {
    const response = await client.request({ method: "GET", bucket, query: { ...query, ...marker } });
    if (response.status !== 200) throw new Error(`listing ${bucket}: ${response.status} ${response.body}`);
    const text = response.body.toString();
    for (const match of text.matchAll(new RegExp(`<${element}>(.*?)</${element}>`, "gs"))) {
      const first = (name: string): string => xmlTexts(match[1] ?? "", name)[0] ?? "";
      entries.push({
        key: first("Key"),
        size: first("Size"),
        etag: first("ETag"),
        versionId: first("VersionId"),
        uploadId: first("UploadId"),
      });
    }
    if (xmlTexts(text, "IsTruncated")[0] !== "true") return entries;
    marker = nextPage(text);
  }
}

function nextPage(text: string): Record<string, string> {
  const first = (element: string): string => xmlTexts(text, element)[0] ?? "";
  const token = first("NextContinuationToken");
  if (token !== "") return { "continuation-token": token };
  const upload = first("NextUploadIdMarker");
  if (upload !== "") return { "key-marker": first("NextKeyMarker"), "upload-id-marker": upload };
  return { "key-marker": first("NextKeyMarker"), "version-id-marker": first("NextVersionIdMarker") };
}

/** Runs `work` over the items, at most `lanes` at once. */
export async function inParallel<Item>(
  lanes: number,
  items: readonly Item[],
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const queue = items[Symbol.iterator]();
  const lane = async (): Promise<void> => {
    for (let next = queue.next(); next.done !== true; next = queue.next()) await work(next.value);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}
