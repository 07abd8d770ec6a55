import { statSync } from "node:fs";
import { join } from "node:path";
import { filesBelow, type ScratchFolder } from "../harness/scratch-folder.ts";
import { runStrongroom } from "../harness/strongroom-process.ts";
import type { Tally } from "../harness/tally.ts";
import type { WireClient } from "../harness/wire-client.ts";
import { documentOf, placeAddress } from "./lane-client.ts";
import type { LaneState } from "./load-lane.ts";
import { isStored } from "./stored-value.ts";
import {
  certainlyStored,
  EXPIRING_BUCKET,
  LOCKED_BUCKET,
  PLAIN_BUCKET,
  type PlainKey,
  VERSIONED_BUCKET,
} from "./targets.ts";
import { inParallel, listAll } from "./verify-state.ts";

/** Larger bodies lie in files. */
const MOST_INLINE_BYTES = 128 * 1024;

export interface CrashEndOptions {
  readonly client: WireClient;
  readonly folder: ScratchFolder;
  readonly lanes: readonly LaneState[];
  readonly contended: readonly PlainKey[];
  readonly tally: Tally;
  readonly problems: string[];
  readonly print: (line: string) => void;
  /** Stops the server in order and starts it again. */
  readonly restart: () => Promise<void>;
}

/** `strongroom verify` and `strongroom audit verify`, beside the running server. */
export async function verifyFolder(folder: ScratchFolder, when: string, problems: string[]): Promise<void> {
  const flags = ["--data-dir", folder.dataDir, "--root-key-file", folder.rootKeyFile];
  for (const command of [["verify"], ["audit", "verify"]]) {
    const said = runStrongroom([...command, ...flags], undefined, 300_000);
    await said.catch((error: unknown) =>
      problems.push(`${when}: ${command.join(" ")}: ${String(error).slice(0, 2000)}`),
    );
  }
}

/** What must hold when the last kill is over: the sweep leaves no byte that is not needed, and then none at all. */
export class CrashEnd {
  readonly #options: CrashEndOptions;
  readonly #buckets: readonly string[];

  constructor(options: CrashEndOptions) {
    this.#options = options;
    const defaults = options.lanes.map(({ byDefault }) => byDefault.bucket);
    this.#buckets = [PLAIN_BUCKET, VERSIONED_BUCKET, LOCKED_BUCKET, EXPIRING_BUCKET, ...defaults];
  }

  async run(): Promise<void> {
    await this.#awaitExpiry();
    for (const bucket of this.#buckets) await this.#abortUploads(bucket);
    await this.#options.restart();
    await this.#expectBlobBytes(this.#liveBytes(), "beside the live objects");
    for (const bucket of this.#buckets) await this.#deleteAll(bucket);
    await this.#options.restart();
    await this.#expectBlobBytes(0, "after everything was deleted");
  }

  /** The rules of a bucket have ended all of it, uploads included; whoever was killed while it carried them out held a lease. */
  async #awaitExpiry(): Promise<void> {
    const { client, print, problems, tally } = this.#options;
    for (let waitedMs = 0; waitedMs <= 150_000; waitedMs += 500) {
      const { length } = await listAll(client, EXPIRING_BUCKET, { "list-type": "2" }, "Contents");
      const uploads = await listAll(client, EXPIRING_BUCKET, { uploads: "" }, "Upload");
      if (length + uploads.length === 0) {
        print(`what expires was gone after ${waitedMs} ms`);
        tally.add("buckets emptied by their rules");
        return;
      }
      await sleep(500);
    }
    problems.push("objects or uploads of a bucket with rules did not expire in 150 s");
  }

  #liveBytes(): number {
    const { lanes, contended } = this.#options;
    return [...lanes.flatMap((lane) => lane.ownPlaces()), ...contended]
      .flatMap((place) => certainlyStored(place)?.bodies ?? [])
      .filter((sizeBytes) => sizeBytes > MOST_INLINE_BYTES)
      .reduce((sum, sizeBytes) => sum + sizeBytes, 0);
  }

  /** Waits for the sweep until the blob files hold no more than `liveBytes` and the seals around them. */
  async #expectBlobBytes(liveBytes: number, when: string): Promise<void> {
    const { folder, print, problems, tally } = this.#options;
    let what = "";
    for (let waitedMs = 0; waitedMs <= 150_000; waitedMs += 500) {
      const sizes = filesBelow(join(folder.dataDir, "blobs")).map(
        (path) => statSync(path, { throwIfNoEntry: false })?.size ?? 0,
      );
      const found = sizes.reduce((sum, size) => sum + size, 0);
      what = `${when}: ${sizes.length} blob files with ${found} bytes for ${liveBytes} live bytes, after ${waitedMs} ms`;
      // A seal takes less than a thousandth, and every head less than a kilobyte.
      if (found <= liveBytes * 1.001 + 1024 * sizes.length) {
        print(what);
        if (found < liveBytes) problems.push(what);
        tally.add("sweeps");
        return;
      }
      await sleep(500);
    }
    problems.push(what);
  }

  async #abortUploads(bucket: string): Promise<void> {
    const { client, problems, tally } = this.#options;
    for (const { key, uploadId } of await listAll(client, bucket, { uploads: "" }, "Upload")) {
      const { status } = await client.request({
        method: "DELETE",
        bucket,
        objectKey: key,
        query: { uploadId },
      });
      if (status !== 204) problems.push(`abort of ${bucket}/${key}: ${status}`);
      tally.add("uploads left open and aborted");
    }
  }

  async #deleteAll(bucket: string): Promise<void> {
    const { client, problems } = this.#options;
    if (bucket === LOCKED_BUCKET) await this.#liftHolds();
    const bypass = bucket === LOCKED_BUCKET ? { "x-amz-bypass-governance-retention": "true" } : {};
    const versions = await listAll(client, bucket, { versions: "" }, "(?:Version|DeleteMarker)");
    await inParallel(8, versions, async ({ key, versionId }) => {
      const address = { bucket, objectKey: key, query: { versionId } };
      const { status, body } = await client.request({ method: "DELETE", ...address, headers: bypass });
      if (status !== 204) problems.push(`delete of ${bucket}/${key}: ${status} ${body}`);
    });
    const { status } = await client.request({ method: "DELETE", bucket });
    if (status !== 204) problems.push(`${bucket} is not empty at the end: ${status}`);
  }

  async #liftHolds(): Promise<void> {
    const { client, lanes } = this.#options;
    const places = lanes.flatMap(({ locked }) => locked.flatMap((key) => key.places()));
    const held = places.filter(({ history }) => {
      const value = history.certain();
      return isStored(value) && value.isHeld;
    });
    await inParallel(8, held, async (place) => {
      const document = documentOf("<LegalHold><Status>OFF</Status></LegalHold>");
      await client.request({ method: "PUT", ...placeAddress(place, { "legal-hold": "" }), ...document });
    });
  }
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
