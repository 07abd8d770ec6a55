import { type ClientEnvironment, readClientEnvironment } from "../harness/client-environment.ts";
import { callKms, kmsFields } from "../harness/kms-client.ts";
import { descendantsOf } from "../harness/process-facts.ts";
import { makeScratchFolder, type ScratchFolder } from "../harness/scratch-folder.ts";
import { type ServeOptions, type StrongroomProcess, startStrongroom } from "../harness/strongroom-process.ts";
import { Tally } from "../harness/tally.ts";
import { randomOf } from "../harness/test-bytes.ts";
import { WireClient, type WireRequest } from "../harness/wire-client.ts";
import { CrashEnd, verifyFolder } from "./crash-end.ts";
import { kill9, startKeyOperator } from "./key-operator.ts";
import { documentOf } from "./lane-client.ts";
import { LaneState, LoadLane } from "./load-lane.ts";
import { EXPIRING_BUCKET, LOCKED_BUCKET, PLAIN_BUCKET, PlainKey, VERSIONED_BUCKET } from "./targets.ts";
import { StateVerifier } from "./verify-state.ts";
import { WriteCounts } from "./write-counts.ts";

const LANES = 6;
const WORKERS = 2;
const SETTINGS = ["--new-buckets-block-sse-c", "no", "--lifecycle-day-seconds", "5"];

export interface CrashOptions {
  readonly kills: number;
  /** No kill begins after this, however many are left. */
  readonly seconds?: number;
  readonly seed: string;
  /** Whether to wait, a minute or two, until what is no longer needed is gone. */
  readonly awaitsSweep: boolean;
  readonly print: (line: string) => void;
}

export interface CrashReport {
  readonly tally: Tally;
  readonly counts: WriteCounts;
  readonly problems: readonly string[];
}

/** `kills` crashes under load, each followed by a restart and a look at everything that was touched. */
export async function runCrashes(options: CrashOptions): Promise<CrashReport> {
  const run = await CrashRun.start(options);
  try {
    for (let kill = 1; kill <= options.kills && !run.isLate; kill++) {
      const known = run.problems.length;
      await run.crashOnce(kill);
      for (const problem of run.problems.slice(known)) options.print(`problem: ${problem}`);
      if (kill % 10 === 0) options.print(run.progress(kill));
      if (run.problems.length > 20) break;
    }
    options.print(`${run.progress(run.kills)}\n${run.counts.print()}`);
    await run.finish();
  } finally {
    await run.close();
  }
  return run;
}

class CrashRun {
  readonly tally = new Tally();
  readonly problems: string[] = [];
  readonly counts = new WriteCounts();
  kills = 0;
  readonly #options: CrashOptions;
  readonly #folder: ScratchFolder;
  readonly #client: WireClient;
  readonly #lanes: readonly LaneState[];
  readonly #contended: readonly PlainKey[];
  readonly #kmsKeyArns: string[] = [];
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
    this.#contended = [0, 1, 2].map((at) => new PlainKey(PLAIN_BUCKET, `contended/${at}`));
    this.#lanes = Array.from({ length: LANES }, (_, at) => new LaneState(`lane-${at}`, this.#contended));
  }

  static async start(options: CrashOptions): Promise<CrashRun> {
    const folder = makeScratchFolder("crash");
    const server = await launch(folder, undefined);
    const run = new CrashRun(options, folder, server, await readClientEnvironment(server));
    await run.#makeBuckets();
    return run;
  }

  async #makeBuckets(): Promise<void> {
    const defaults = this.#lanes.map(({ byDefault }) => byDefault.bucket);
    for (const bucket of [PLAIN_BUCKET, VERSIONED_BUCKET, EXPIRING_BUCKET, ...defaults])
      await this.#expectOk({ method: "PUT", bucket });
    const headers = { "x-amz-bucket-object-lock-enabled": "true" };
    await this.#expectOk({ method: "PUT", bucket: LOCKED_BUCKET, headers });
    const configure = (bucket: string, name: string, text: string): Promise<void> =>
      this.#expectOk({ method: "PUT", bucket, query: { [name]: "" }, ...documentOf(text) });
    const enabled = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
    await configure(VERSIONED_BUCKET, "versioning", enabled);
    const ownership =
      "<OwnershipControls><Rule><ObjectOwnership>ObjectWriter</ObjectOwnership></Rule></OwnershipControls>";
    await configure(VERSIONED_BUCKET, "ownershipControls", ownership);
    const open = "<PublicAccessBlockConfiguration></PublicAccessBlockConfiguration>";
    await configure(VERSIONED_BUCKET, "publicAccessBlock", open);
    const ends =
      "<Expiration><Days>1</Days></Expiration><AbortIncompleteMultipartUpload><DaysAfterInitiation>1</DaysAfterInitiation></AbortIncompleteMultipartUpload>";
    const rule = `<Rule><ID>ends</ID><Status>Enabled</Status><Filter><Prefix></Prefix></Filter>${ends}</Rule>`;
    await configure(EXPIRING_BUCKET, "lifecycle", `<LifecycleConfiguration>${rule}</LifecycleConfiguration>`);
    for (let key = 0; key < 2; key++) {
      const made = kmsFields(await callKms(this.#client, "CreateKey"));
      this.#kmsKeyArns.push(String(Reflect.get(Object(made["KeyMetadata"]), "Arn")));
    }
  }

  async #expectOk(request: WireRequest): Promise<void> {
    const { status, body } = await this.#client.request(request);
    if (status < 200 || status >= 300)
      throw new Error(
        `${request.method} ${request.bucket} ${JSON.stringify(request.query)}: ${status} ${body}`,
      );
  }

  get isLate(): boolean {
    return this.#seconds > (this.#options.seconds ?? Number.POSITIVE_INFINITY);
  }

  get #seconds(): number {
    return (performance.now() - this.#startedMs) / 1000;
  }

  progress(kill: number): string {
    const seconds = this.#seconds;
    const { total, unanswered, refused } = this.counts;
    return (
      `${kill}/${this.#options.kills} kills in ${seconds.toFixed(0)} s (${(seconds / kill).toFixed(2)} s each, ` +
      `slowest start ${this.#slowestReadyMs.toFixed(0)} ms): ${total} writes acknowledged, ` +
      `${unanswered} without an answer, ${refused} refused; ${this.tally}; ${this.problems.length} problems`
    );
  }

  async crashOnce(kill: number): Promise<void> {
    this.kills = kill;
    const seed = `${this.#options.seed}/${kill}`;
    const { counts, problems, tally } = this;
    const workers = this.#workers();
    const setup = { client: this.#client, kmsKeyArns: this.#kmsKeyArns, counts, problems, seed };
    let stop = false;
    const lanes = this.#lanes.map((state) => new LoadLane(setup, state).run(() => stop));
    const operator =
      kill % 6 === 0
        ? await startKeyOperator({
            folder: this.#folder,
            seed,
            keyArns: this.#kmsKeyArns.slice(0, 1),
            tally,
            problems,
          })
        : null;
    await sleep(60 + this.#random() * 500);
    if (operator !== null) await kill9(operator);
    if (kill % 5 === 0 && workers.length >= 2) await this.#killWorker(workers);
    else {
      stop = true;
      await this.#server.kill();
      tally.add("kills of the whole server");
    }
    stop = true;
    await Promise.all(lanes);
    if (operator !== null) tally.add("kills of a process that rotates and wraps");
    if (!this.#server.isRunning) await this.#restart(kill);
    await this.#verify(`${seed}: after the kill`, kill % 10 === 0);
    if (kill % 200 === 0) await this.#verifyFolder(`${seed}: after the kill`);
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
      const early = launch(this.#folder, this.#server.port, { readyTimeoutMs: 60 + this.#random() * 300 });
      const server = await early.catch(() => null);
      if (server !== null) await server.kill();
      this.tally.add("kills while starting");
    }
    const workers = kill % 5 === 2 || kill % 5 === 4 ? WORKERS : 1;
    this.#server = await launch(this.#folder, this.#server.port, { workers });
    this.#slowestReadyMs = Math.max(this.#slowestReadyMs, this.#server.readyAfterMs);
  }

  async #verify(when: string, everything: boolean): Promise<void> {
    const lanes = this.#lanes;
    const plain = [...lanes.flatMap((lane) => lane.plain), ...this.#contended];
    const defaults = lanes.map(({ byDefault }) => byDefault);
    const keys = [...plain, ...lanes.flatMap(({ byDefault, expiring }) => [...byDefault.keys, ...expiring])];
    await this.#verifier.verifyPlaces(
      keys.filter(({ history }) => everything || history.isTouched),
      when,
    );
    await this.#verifier.verifyListing(PLAIN_BUCKET, plain, when);
    for (const byDefault of defaults) {
      if (!everything && !byDefault.history.isTouched) continue;
      await this.#verifier.verifyDefault(byDefault, when);
      await this.#verifier.verifyListing(byDefault.bucket, byDefault.keys, when);
    }
    for (const [bucket, name] of [
      [VERSIONED_BUCKET, "versioned"],
      [LOCKED_BUCKET, "locked"],
    ] as const) {
      const versioned = lanes.flatMap((lane) => lane[name]);
      await this.#verifier.verifyVersions(bucket, versioned, when, everything);
    }
    for (const { uploads } of lanes)
      if (uploads.open !== null) await this.#verifier.verifyUpload(uploads.open, when);
  }

  async #verifyFolder(when: string): Promise<void> {
    await verifyFolder(this.#folder, when, this.problems);
    this.tally.add("clean strongroom verify");
  }

  /** Everything is sound at the end, and nothing is left behind: neither beside the objects nor after they were deleted. */
  async finish(): Promise<void> {
    const { print, seed, awaitsSweep } = this.#options;
    await this.#verify(`${seed}: at the end`, true);
    await this.#verifyFolder(`${seed}: at the end`);
    if (!awaitsSweep) return;
    const end = new CrashEnd({
      client: this.#client,
      folder: this.#folder,
      lanes: this.#lanes,
      contended: this.#contended,
      tally: this.tally,
      problems: this.problems,
      print,
      restart: async () => {
        await this.#server.stop();
        this.#server = await launch(this.#folder, this.#server.port);
      },
    });
    await end.run();
  }

  async close(): Promise<void> {
    this.#client.close();
    if (this.#server.isRunning) await this.#server.kill();
    this.#folder.remove();
  }
}

/** Starts the server over the folder; with `readyTimeoutMs` it is killed then, ready or not. */
function launch(
  folder: ScratchFolder,
  port: number | undefined,
  more: Partial<ServeOptions> = {},
): Promise<StrongroomProcess> {
  return startStrongroom({
    dataDir: folder.dataDir,
    rootKeyFile: folder.rootKeyFile,
    logFile: folder.logFile,
    workers: WORKERS,
    moreArguments: SETTINGS,
    // Long on a machine that others use as well; the slowest start is printed.
    readyTimeoutMs: 60_000,
    ...(port === undefined ? {} : { port }),
    ...more,
  });
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
