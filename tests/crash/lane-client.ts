import { createHash } from "node:crypto";
import type { Headers, Scheme } from "../harness/schemes.ts";
import { encodeKeyPath } from "../harness/sigv4-signer.ts";
import { randomOf } from "../harness/test-bytes.ts";
import {
  BrokenResponseError,
  errorCodeOf,
  type WireClient,
  type WireRequest,
  type WireResponse,
  xmlTexts,
} from "../harness/wire-client.ts";
import { newValue, type Seal, type StoredValue, sealUnder } from "./stored-value.ts";
import { certainlyStored, type Place } from "./targets.ts";
import type { WriteCounts } from "./write-counts.ts";

/** A connection that was on its way to a worker when that was killed is never answered. */
const NO_ANSWER_MS = 20_000;

/** What the lanes of one life of the server have in common. */
export interface LoadSetup {
  readonly client: WireClient;
  readonly kmsKeyArns: readonly string[];
  readonly counts: WriteCounts;
  readonly problems: string[];
  /** Seed and number of the kill: before each problem, and the source of all choices. */
  readonly seed: string;
}

/** The sender of one lane: it chooses, sends, counts, and tells an acknowledgement from whatever else comes. */
export class LaneClient {
  readonly setup: LoadSetup;
  readonly #name: string;
  readonly #random: () => number;
  #serial = 0;

  constructor(setup: LoadSetup, name: string) {
    this.setup = setup;
    this.#name = name;
    this.#random = randomOf(`${setup.seed}/${name}`);
  }

  random(): number {
    return this.#random();
  }

  pick<Item>(items: readonly Item[]): Item {
    const item = items[Math.floor(this.#random() * items.length)];
    if (item === undefined) throw new Error("nothing to pick from");
    return item;
  }

  /** One of these places that surely holds an object, if a few tries find one. */
  pickStored(places: readonly Place[]): { place: Place; value: StoredValue } | null {
    for (let tries = 0; tries < 5 && places.length > 0; tries++) {
      const place = this.pick(places);
      const value = certainlyStored(place);
      if (value !== null) return { place, value };
    }
    return null;
  }

  pickSeal(schemes: readonly Scheme[]): Seal {
    return sealUnder(this.pick(schemes), this.pick(this.setup.kmsKeyArns));
  }

  /** A name that nothing else of this run has. */
  newName(): string {
    return `${this.setup.seed}/${this.#name}/${this.#serial++}`;
  }

  newValue(sizeBytes: number, seal: Seal): StoredValue {
    const name = this.newName();
    return newValue([{ seed: name, sizeBytes }], seal, name);
  }

  problem(text: string): void {
    this.setup.problems.push(`${this.setup.seed}/${this.#name}: ${text}`);
  }

  /**
   * The response when the write was acknowledged; null when nobody knows. `isDone` finds a refusal behind a 200; with
   * `mayBeGone` what is written to may have ended by itself.
   */
  async send(
    path: string,
    scheme: Scheme | "-",
    request: WireRequest,
    isDone: (response: WireResponse) => boolean = () => true,
    mayBeGone = false,
  ): Promise<WireResponse | null> {
    const { client, counts } = this.setup;
    try {
      const response = await client.request({ ...request, timeoutMs: NO_ANSWER_MS });
      if (response.status >= 200 && response.status < 300 && isDone(response)) {
        counts.acknowledged(path, scheme);
        return response;
      }
      if (response.status === 404 && mayBeGone) return null;
      counts.refused++;
      // A worker that must not go on says 503; anything else has no excuse.
      if (response.status !== 503)
        this.problem(
          `${path} ${scheme} ${request.method} ${request.bucket}/${request.objectKey ?? ""} ${JSON.stringify(request.query ?? {})}: ` +
            `${response.status} ${errorCodeOf(response)} ${response.body.toString().slice(0, 400)}`,
        );
      return null;
    } catch (error) {
      if (!(error instanceof BrokenResponseError)) throw error;
      counts.unanswered++;
      // The server may be down: do not spin until this lane is told to stop.
      await new Promise((resolve) => setTimeout(resolve, 20));
      return null;
    }
  }
}

export const addressOf = ({ bucket, objectKey }: Pick<Place, "bucket" | "objectKey">) => ({
  bucket,
  objectKey,
});

/** The address of what is there, with its version. */
export const placeAddress = (
  place: Pick<Place, "bucket" | "objectKey" | "versionId">,
  query: Readonly<Record<string, string>> = {},
) => ({
  ...addressOf(place),
  query: place.versionId === undefined ? query : { ...query, versionId: place.versionId },
});

/** A document with the digest that some operations insist on. */
export function documentOf(text: string, headers: Headers = {}): Pick<WireRequest, "body" | "headers"> {
  const digest = createHash("md5").update(text).digest("base64");
  return { body: Buffer.from(text), headers: { ...headers, "content-md5": digest } };
}

/** With the ETag that the answer told; copies and completions print it escaped. */
export const told = (value: StoredValue, etag: string | undefined): StoredValue => ({
  ...value,
  etag: etag ?? null,
});

export const versionOf = (response: WireResponse): unknown => response.headers["x-amz-version-id"];

/** Copies and completions may answer 200 and then an Error document: that is not an acknowledgement. */
export const hasEtag = ({ body }: WireResponse): boolean => xmlTexts(body, "ETag").length === 1;

export const copySourceOf = ({ bucket, objectKey, versionId }: Place): string =>
  `/${bucket}/${encodeKeyPath(objectKey)}${versionId === undefined ? "" : `?versionId=${versionId}`}`;
