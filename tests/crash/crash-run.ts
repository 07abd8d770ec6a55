import { statSync } from "node:fs";
import { join } from "node:path";
import { type ClientEnvironment, readClientEnvironment } from "../harness/client-environment.ts";
import { descendantsOf } from "../harness/process-facts.ts";
import { filesBelow, makeScratchFolder, type ScratchFolder } from "../harness/scratch-folder.ts";
import { type StrongroomProcess, startStrongroom } from "../harness/strongroom-process.ts";
import { Tally } from "../harness/tally.ts";
import { randomOf } from "../harness/test-bytes.ts";
import { WireClient } from "../harness/wire-client.ts";
import { ABSENT, KeyHistory, VersionHistory } from "./key-history.ts";
import { type LaneCounts, type LaneState, LoadLane, PLAIN_BUCKET, VERSIONED_BUCKET } from "./load-lane.ts";
import { inParallel, listAll, StateVerifier } from "./verify-state.ts";

const LANES = 6;
const WORKERS = 2;
const KEYS_A_LANE = 8;

export interface CrashOptions {
  readonly kills: number;
  readonly seed: string;
  /** Whether to wait, a minute or two, until what is no longer needed is gone. */
  readonly awaitsSweep: boolean;
  readonly print: (line: string) => void;
}

export interface CrashReport {
  readonly tally: Tally;
  readonly problems: readonly string[];
}

/** `kills` crashes under load, each followed by a restart and a look at everything that was touched. */
export async function runCrashes(options: CrashOptions): Promise<CrashReport> {
  const run = await CrashRun.start(options);
  try {
    for (let kill = 1; kill <= options.kills; kill++) {
      await run.crashOnce(kill);
      if (kill % 10 === 0 || kill === options.kills) options.print(run.progress(kill));
      if (run.problems.length > 20) break;
    }
    if (options.awaitsSweep) await run.finish();
  } finally {
    await run.close();
  }
  return run;
}

class CrashRun {
  readonly tally = new Tally();
  readonly problems: string[] = [];
  readonly #options: CrashOptions;
  readonly #folder: ScratchFolder;
  readonly #client: WireClient;
  readonly #lanes: readonly LaneState[];
  readonly #contended: readonly KeyHistory[];
  readonly #counts: LaneCounts = { acknowledged: 0, unanswered: 0, refused: 0 };
  readonly #random: () => number;
  readonly #verifier: StateVerifier;
  readonly #startedMs = performance.now();
  #server: StrongroomProcess;
  #slowestReadyMs = 0;

  private constructor(
    options: CrashOptions,
    folder: ScratchFolder,
    server: StrongroomProcess,
    environment: ClientEnvironment,
  ) {
    this.#options = options;
    this.#folder = folder;
    this.#server = server;
    this.#client = new WireClient(environment);
    this.#random = randomOf(options.seed);
    this.#verifier = new StateVerifier(this.#client, this.tally, this.problems);
    const histories = (prefix: string, count: number): KeyHistory[] =>
      Array.from({ length: count }, (_, index) => new KeyHistory(`${prefix}/${index}`));
    this.#contended = histories("contended", 3);
    this.#lanes = Array.from({ length: LANES }, (_, index) => ({
      name: `lane-${index}`,
      keys: histories(`lane-${index}`, KEYS_A_LANE),
      contended: this.#contended,
      versioned: [0, 1].map((key) => new VersionHistory(`lane-${index}/${key}`)),
    }));
  }

  static async start(options: CrashOptions): Promise<CrashRun> {
    const folder = makeScratchFolder("crash");
    const server = await launch(folder, undefined);
    const run = new CrashRun(options, folder, server, await readClientEnvironment(server));
    for (const bucket of [PLAIN_BUCKET, VERSIONED_BUCKET]) await run.#expectOk("PUT", bucket, {}, undefined);
    const versioning = Buffer.from(
      "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>",
    );
    await run.#expectOk("PUT", VERSIONED_BUCKET, { versioning: "" }, versioning);
    return run;
  }

  async #expectOk(
    method: string,
    bucket: string,
    query: Record<string, string>,
    body: Buffer | undefined,
  ): Promise<void> {
    const response = await this.#client.request({
      method,
      bucket,
      query,
      ...(body === undefined ? {} : { body }),
    });
    if (response.status !== 200) throw new Error(`${method} ${bucket}: ${response.status} ${response.body}`);
  }

  progress(kill: number): string {
    const seconds = (performance.now() - this.#startedMs) / 1000;
    return (
      `${kill}/${this.#options.kills} kills in ${seconds.toFixed(0)} s (${(seconds / kill).toFixed(2)} s each, ` +
      `slowest start ${this.#slowestReadyMs.toFixed(0)} ms): ${this.#counts.acknowledged} writes acknowledged, ` +
      `${this.#counts.unanswered} without an answer, ${this.#counts.refused} refused; ${this.tally}; ${this.problems.length} problems`
    );
  }

  async crashOnce(kill: number): Promise<void> {
    const workers = this.#workers();
    let stop = false;
    const lanes = this.#lanes.map((state) =>
      new LoadLane(this.#client, state, `${this.#options.seed}/${kill}`, this.#counts, this.problems).run(
        () => stop,
      ),
    );
    await sleep(60 + this.#random() * 500);
    if (kill % 5 === 0 && workers.length >= 2) await this.#killWorker(workers);
    else {
      stop = true;
      await this.#server.kill();
      this.tally.add("kills of the whole server");
    }
    stop = true;
    await Promise.all(lanes);
    if (!this.#server.isRunning) await this.#restart(kill);
    await this.#verify(`after kill ${kill}`, kill % 10 === 0 || kill === this.#options.kills);
  }

  /** Kills one worker; the others and the one that replaces it go on. */
  async #killWorker(workers: readonly number[]): Promise<void> {
    const victim = workers[Math.floor(this.#random() * workers.length)] ?? -1;
    process.kill(victim, "SIGKILL");
    this.tally.add("kills of one worker");
    await sleep(200);
    for (let waited = 0; this.#workers().length < workers.length; waited += 50) {
      if (waited > 5000) {
        this.problems.push("a killed worker was not replaced within 5 s");
        await this.#server.kill();
        return;
      }
      await sleep(50);
    }
  }

  #workers(): number[] {
    const below = descendantsOf(this.#server.pid);
    return below.filter((pid) => descendantsOf(pid).length === 0);
  }

  async #restart(kill: number): Promise<void> {
    if (kill % 7 === 0) {
      const early = launch(this.#folder, this.#server.port, 60 + this.#random() * 300);
      const server = await early.catch(() => null);
      if (server !== null) await server.kill();
      this.tally.add("kills while starting");
    }
    this.#server = await launch(this.#folder, this.#server.port);
    this.#slowestReadyMs = Math.max(this.#slowestReadyMs, this.#server.readyAfterMs);
  }

  async #verify(when: string, everything: boolean): Promise<void> {
    const keys = [...this.#lanes.flatMap((lane) => lane.keys), ...this.#contended];
    await this.#verifier.verifyKeys(
      keys.filter((history) => everything || history.isTouched),
      when,
    );
    await this.#verifier.verifyListing(keys, when);
    await this.#verifier.verifyVersions(
      this.#lanes.flatMap((lane) => lane.versioned),
      when,
      everything,
    );
  }

  /** Nothing is left behind: neither beside the live objects nor after everything was deleted. */
  async finish(): Promise<void> {
    await this.#abortUploads();
    await this.#server.stop();
    this.#server = await launch(this.#folder, this.#server.port);
    await this.#expectBlobBytes(await this.#liveBytes(), "beside the live objects");
    await this.#deleteAll();
    await this.#server.stop();
    this.#server = await launch(this.#folder, this.#server.port);
    await this.#expectBlobBytes(0, "after everything was deleted");
  }

  async #liveBytes(): Promise<number> {
    let total = 0;
    for (const history of [...this.#lanes.flatMap((lane) => lane.keys), ...this.#contended]) {
      const value = history.certain();
      if (value !== undefined && value !== ABSENT) total += value.sizeBytes;
    }
    for (const { acknowledged } of this.#lanes.flatMap((lane) => lane.versioned))
      for (const value of acknowledged.values()) total += value?.sizeBytes ?? 0;
    return total;
  }

  /** Waits for the sweep until the blob files hold no more than `liveBytes` and the seals around them. */
  async #expectBlobBytes(liveBytes: number, when: string): Promise<void> {
    const blobs = join(this.#folder.dataDir, "blobs");
    let found = 0;
    let files = 0;
    for (let waitedMs = 0; waitedMs <= 150_000; waitedMs += 500) {
      const paths = filesBelow(blobs);
      files = paths.length;
      found = paths.reduce((sum, path) => sum + (statSync(path, { throwIfNoEntry: false })?.size ?? 0), 0);
      if (found <= liveBytes * 1.02 + (liveBytes === 0 ? 0 : 64 * 1024)) {
        this.#options.print(
          `${when}: ${files} blob files with ${found} bytes for ${liveBytes} live bytes, after ${waitedMs} ms`,
        );
        this.tally.add("sweeps");
        return;
      }
      await sleep(500);
    }
    this.problems.push(
      `${when}: ${files} blob files with ${found} bytes for ${liveBytes} live bytes, 150 s later`,
    );
  }

  async #abortUploads(): Promise<void> {
    const uploads = await listAll(this.#client, PLAIN_BUCKET, { uploads: "" }, "Upload", "UploadId");
    const named = await listAll(this.#client, PLAIN_BUCKET, { uploads: "" }, "Upload", "Key");
    for (const [index, upload] of uploads.entries()) {
      const objectKey = named[index]?.key ?? "";
      const response = await this.#client.request({
        method: "DELETE",
        bucket: PLAIN_BUCKET,
        objectKey,
        query: { uploadId: upload.key },
      });
      if (response.status !== 204) this.problems.push(`abort of ${upload.key}: ${response.status}`);
      this.tally.add("uploads left open and aborted");
    }
  }

  async #deleteAll(): Promise<void> {
    const plain = await listAll(this.#client, PLAIN_BUCKET, { "list-type": "2" }, "Contents", "Key");
    const versions = await listAll(
      this.#client,
      VERSIONED_BUCKET,
      { versions: "" },
      "(?:Version|DeleteMarker)",
      "Key",
    );
    const targets = [
      ...plain.map((entry) => ({ bucket: PLAIN_BUCKET, objectKey: entry.key, query: {} })),
      ...versions.map((entry) => ({
        bucket: VERSIONED_BUCKET,
        objectKey: entry.key,
        query: { versionId: entry.versionId },
      })),
    ];
    await inParallel(8, targets, async (target) => {
      const response = await this.#client.request({ method: "DELETE", ...target });
      if (response.status !== 204) this.problems.push(`delete of ${target.objectKey}: ${response.status}`);
    });
    for (const bucket of [PLAIN_BUCKET, VERSIONED_BUCKET]) {
      const response = await this.#client.request({ method: "DELETE", bucket });
      if (response.status !== 204)
        this.problems.push(
          `${bucket} is not empty at the end: ${response.status}, ${await this.#contentsOf(bucket)}`,
        );
    }
  }

  async #contentsOf(bucket: string): Promise<string> {
    const versions = await listAll(this.#client, bucket, { versions: "" }, "(?:Version|DeleteMarker)", "Key");
    const uploads = await listAll(this.#client, bucket, { uploads: "" }, "Upload", "Key");
    return `${versions.length} versions and ${uploads.length} uploads are listed`;
  }

  async close(): Promise<void> {
    this.#client.close();
    if (this.#server.isRunning) await this.#server.kill();
    this.#folder.remove();
  }
}

/** Starts the server over the folder; with `giveUpAfterMs` it is killed then, ready or not. */
function launch(
  folder: ScratchFolder,
  port: number | undefined,
  giveUpAfterMs?: number,
): Promise<StrongroomProcess> {
  return startStrongroom({
    dataDir: folder.dataDir,
    rootKeyFile: folder.rootKeyFile,
    logFile: folder.logFile,
    workers: WORKERS,
    ...(port === undefined ? {} : { port }),
    ...(giveUpAfterMs === undefined ? {} : { readyTimeoutMs: giveUpAfterMs }),
  });
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
