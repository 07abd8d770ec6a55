import type { Tally } from "../harness/tally.ts";
import { BrokenResponseError, type WireClient, xmlTexts } from "../harness/wire-client.ts";
import { ABSENT, type KeyHistory, sha256Of, type Value, type VersionHistory } from "./key-history.ts";
import { PLAIN_BUCKET, VERSIONED_BUCKET } from "./load-lane.ts";

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

  /** Each touched key holds one possible value; its history starts anew from what was found. */
  async verifyKeys(histories: readonly KeyHistory[], when: string): Promise<void> {
    await inParallel(8, histories, async (history) => {
      const found = await this.#read(PLAIN_BUCKET, history.objectKey, {});
      const possible = history.possible();
      const value = possible.find((candidate) => matches(candidate, found));
      this.#tally.add("keys read back");
      if (value === undefined)
        this.#problems.push(
          `${when}: ${history.objectKey} is ${describe(found)}, possible: ${possible.map(describeValue).join(" | ")}`,
        );
      else history.settle(value);
    });
  }

  /** The listing names exactly the settled keys, with their sizes. */
  async verifyListing(histories: readonly KeyHistory[], when: string): Promise<void> {
    const expected = new Map<string, number>();
    for (const history of histories) {
      const value = history.certain();
      if (value !== undefined && value !== ABSENT) expected.set(history.objectKey, value.sizeBytes);
    }
    const listed = await listAll(this.#client, PLAIN_BUCKET, { "list-type": "2" }, "Contents", "Key");
    this.#tally.add("listed keys", listed.length);
    for (const entry of listed) {
      const size = expected.get(entry.key);
      if (size !== Number(entry.size))
        this.#problems.push(
          `${when}: listing has ${entry.key} of ${entry.size} bytes, the object has ${size ?? "no"} bytes`,
        );
      expected.delete(entry.key);
    }
    for (const objectKey of expected.keys()) this.#problems.push(`${when}: listing lacks ${objectKey}`);
  }

  /** Acknowledged versions are there with their bytes, deleted ones are not, and nothing else but unanswered writes. */
  async verifyVersions(
    histories: readonly VersionHistory[],
    when: string,
    everything: boolean,
  ): Promise<void> {
    const listed = await listAll(
      this.#client,
      VERSIONED_BUCKET,
      { versions: "" },
      "(?:Version|DeleteMarker)",
      "Key",
    );
    await inParallel(8, histories, async (history) => {
      const present = new Map(
        listed.filter((entry) => entry.key === history.objectKey).map((entry) => [entry.versionId, entry]),
      );
      for (const [versionId, value] of history.acknowledged) {
        const entry = present.get(versionId);
        present.delete(versionId);
        if (entry === undefined) {
          if (!history.maybeDeleted.has(versionId))
            this.#problems.push(
              `${when}: ${history.objectKey} lost version ${versionId} (${describeValue(value)})`,
            );
          history.acknowledged.delete(versionId);
          continue;
        }
        if (everything || !history.readBack.has(versionId))
          await this.#verifyVersion(history, versionId, value, when);
        history.readBack.add(versionId);
      }
      for (const versionId of present.keys()) await this.#adopt(history, versionId, when);
      history.unanswered.length = 0;
      history.maybeDeleted.clear();
    });
  }

  async #verifyVersion(
    history: VersionHistory,
    versionId: string,
    value: Value,
    when: string,
  ): Promise<void> {
    this.#tally.add("versions read back");
    const found = await this.#read(VERSIONED_BUCKET, history.objectKey, { versionId });
    const right = value === ABSENT ? found.status === 405 : matches(value, found);
    if (!right)
      this.#problems.push(
        `${when}: ${history.objectKey} version ${versionId} is ${describe(found)}, not ${describeValue(value)}`,
      );
  }

  /** A version nobody was told of: fine when it is one of the writes that got no answer. */
  async #adopt(history: VersionHistory, versionId: string, when: string): Promise<void> {
    const found = await this.#read(VERSIONED_BUCKET, history.objectKey, { versionId });
    const value = history.unanswered.find((candidate) =>
      candidate === ABSENT ? found.status === 405 : matches(candidate, found),
    );
    if (value === undefined)
      this.#problems.push(
        `${when}: ${history.objectKey} has version ${versionId} that nobody wrote: ${describe(found)}`,
      );
    else history.acknowledged.set(versionId, value);
  }

  async #read(bucket: string, objectKey: string, query: Record<string, string>): Promise<Found> {
    try {
      const response = await this.#client.request({ method: "GET", bucket, objectKey, query });
      return { status: response.status, sha256: sha256Of(response.body), sizeBytes: response.body.length };
    } catch (error) {
      if (!(error instanceof BrokenResponseError)) throw error;
      return { status: -1, sha256: "", sizeBytes: error.received.length };
    }
  }
}

interface Found {
  /** -1: the response broke off. */
  readonly status: number;
  readonly sha256: string;
  readonly sizeBytes: number;
}

function matches(value: Value, found: Found): boolean {
  if (value === ABSENT) return found.status === 404;
  return found.status === 200 && found.sizeBytes === value.sizeBytes && found.sha256 === value.sha256;
}

const describe = (found: Found): string =>
  `[${found.status}, ${found.sizeBytes} bytes, ${found.sha256.slice(0, 12)}]`;

const describeValue = (value: Value): string =>
  value === ABSENT ? "absent" : `${value.sizeBytes} bytes ${value.sha256.slice(0, 12)}`;

export interface ListedEntry {
  readonly key: string;
  readonly size: string;
  readonly versionId: string;
}

/** Every entry of a listing, all pages. */
export async function listAll(
  client: WireClient,
  bucket: string,
  query: Readonly<Record<string, string>>,
  element: string,
  keyElement: string,
): Promise<ListedEntry[]> {
  const entries: ListedEntry[] = [];
  let marker: Record<string, string> = {};
  for (;;) {
    const response = await client.request({ method: "GET", bucket, query: { ...query, ...marker } });
    if (response.status !== 200) throw new Error(`listing ${bucket}: ${response.status} ${response.body}`);
    const text = response.body.toString();
    for (const match of text.matchAll(new RegExp(`<${element}>(.*?)</${element}>`, "gs"))) {
      const body = match[1] ?? "";
      entries.push({
        key: xmlTexts(body, keyElement)[0] ?? "",
        size: xmlTexts(body, "Size")[0] ?? "",
        versionId: xmlTexts(body, "VersionId")[0] ?? "",
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
