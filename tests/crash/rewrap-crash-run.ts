import type { ChildProcess } from "node:child_process";
import { join } from "node:path";
import { type ClientEnvironment, readClientEnvironment } from "../harness/client-environment.ts";
import { callKms, kmsFields } from "../harness/kms-client.ts";
import { makeScratchFolder, type ScratchFolder } from "../harness/scratch-folder.ts";
import { runStrongroom, type StrongroomProcess, startStrongroom } from "../harness/strongroom-process.ts";
import { Tally } from "../harness/tally.ts";
import { randomOf } from "../harness/test-bytes.ts";
import { BrokenResponseError, errorCodeOf, WireClient } from "../harness/wire-client.ts";
import { BUCKET, KeyLane } from "./key-lane.ts";
import { kill9, startKeyOperator } from "./key-operator.ts";
import { sha256Of } from "./stored-value.ts";
import { inParallel } from "./verify-state.ts";

const LANES = 4;
const WORKERS = 2;

export interface RewrapCrashOptions {
  readonly kills: number;
  readonly seed: string;
  readonly print: (line: string) => void;
}

/** An object under a key whose deletion was scheduled: it must never be read again. */
interface Doomed {
  readonly objectKey: string;
  readonly keyId: string;
}

/**
 * Kills a server under load, and beside it a process that rotates, wraps anew, destroys and deletes keys, and reads
 * everything back after each kill. At the end the work resumes, the proof verifies, and old master keys go.
 */
export class RewrapCrashRun {
  readonly tally = new Tally();
  readonly problems: string[] = [];
  readonly #options: RewrapCrashOptions;
  readonly #folder: ScratchFolder;
  readonly #client: WireClient;
  readonly #random: () => number;
  readonly #lanes: readonly KeyLane[];
  readonly #result = { acknowledged: 0, unanswered: 0 };
  readonly #keyArns: readonly string[];
  readonly #doomed: Doomed[] = [];
  #server: StrongroomProcess;

  private constructor(
    options: RewrapCrashOptions,
    folder: ScratchFolder,
    server: StrongroomProcess,
    environment: ClientEnvironment,
    keyArns: readonly string[],
  ) {
    this.#options = options;
    this.#folder = folder;
    this.#server = server;
    this.#client = new WireClient(environment);
    this.#random = randomOf(options.seed);
    this.#keyArns = keyArns;
    const { problems } = this;
    this.#lanes = Array.from({ length: LANES }, (_, at) => {
      const name = `lane-${at}`;
      const random = randomOf(`${options.seed}/${name}`);
      const common = { client: this.#client, kmsKeyArns: keyArns, result: this.#result, problems };
      return new KeyLane({ ...common, name, random });
    });
  }

  static async start(options: RewrapCrashOptions): Promise<RewrapCrashRun> {
    const folder = makeScratchFolder("rewrap-crash");
    const server = await launch(folder, undefined);
    const environment = await readClientEnvironment(server);
    const client = new WireClient(environment);
    const keyArns = [await createKey(client), await createKey(client)];
    const versioning = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
    await client.request({ method: "PUT", bucket: BUCKET });
    await client.request({
      method: "PUT",
      bucket: BUCKET,
      query: { versioning: "" },
      body: Buffer.from(versioning),
    });
    client.close();
    return new RewrapCrashRun(options, folder, server, environment, keyArns);
  }

  async run(): Promise<void> {
    const startedMs = performance.now();
    for (let kill = 1; kill <= this.#options.kills; kill++) {
      await this.#crashOnce(kill);
      if (kill % 10 === 0 || kill === this.#options.kills) {
        const seconds = ((performance.now() - startedMs) / 1000).toFixed(0);
        const { acknowledged, unanswered } = this.#result;
        this.#options.print(
          `${kill}/${this.#options.kills} kills in ${seconds} s: ${acknowledged} writes acknowledged, ${unanswered} without an answer; ${this.tally}; ${this.problems.length} problems`,
        );
      }
      if (this.problems.length > 20) return;
    }
    if (this.problems.length === 0) await this.#finish();
  }

  async #crashOnce(kill: number): Promise<void> {
    await this.#doomKey(kill);
    let isStopped = false;
    const lanes = this.#lanes.map((lane) => lane.run(() => isStopped));
    const operator = await this.#startOperator(kill);
    await sleep(this.#random() * 700);
    // Each may die alone, or both together.
    const withServer = this.#random() < 0.6;
    if (withServer) {
      isStopped = true;
      await this.#server.kill();
      this.tally.add("kills of the server");
    }
    await kill9(operator);
    this.tally.add("kills of the operator");
    isStopped = true;
    await Promise.all(lanes);
    if (withServer) this.#server = await launch(this.#folder, this.#server.port);
    await this.#verify(`after kill ${kill}`);
  }

  /** A new key with an object under it, and then its deletion scheduled: the operator finds the window over. */
  async #doomKey(kill: number): Promise<void> {
    const keyId = await createKey(this.#client);
    const objectKey = `doomed/${kill}`;
    const headers = {
      "x-amz-server-side-encryption": "aws:kms",
      "x-amz-server-side-encryption-aws-kms-key-id": keyId,
    };
    const body = Buffer.from(`doomed ${kill}`);
    const put = await this.#client.request({ method: "PUT", bucket: BUCKET, objectKey, headers, body });
    const got = await this.#client.request({ method: "GET", bucket: BUCKET, objectKey });
    const input = { KeyId: keyId, PendingWindowInDays: 7 };
    const scheduled = await callKms(this.#client, "ScheduleKeyDeletion", input);
    if (put.status !== 200 || got.status !== 200 || scheduled.status !== 200) {
      this.problems.push(
        `${objectKey} could not be set up: ${put.status} ${got.status} ${scheduled.status} ${scheduled.body}`,
      );
      return;
    }
    this.#doomed.push({ objectKey, keyId });
  }

  #startOperator(kill: number): Promise<ChildProcess> {
    const seed = `${this.#options.seed}/operator/${kill}`;
    const { tally, problems } = this;
    return startKeyOperator({ folder: this.#folder, seed, keyArns: this.#keyArns, tally, problems });
  }

  async #verify(when: string): Promise<void> {
    await inParallel(
      8,
      this.#lanes.flatMap(({ versions }) => versions),
      async (version) => {
        const { objectKey, versionId, sha256 } = version;
        const found = await this.#read(objectKey, { versionId });
        this.tally.add("versions read back");
        if (found.status !== 200 || found.sha256 !== sha256) {
          this.problems.push(`${when}: ${objectKey} ${versionId} is ${found.status} ${found.code}`);
        }
      },
    );
    await inParallel(8, this.#doomed, async ({ objectKey }) => {
      const { status, code } = await this.#read(objectKey, {});
      this.tally.add("objects under deleted keys tried");
      const isRefused = status >= 400 && status < 500 && /^(KMS\.|AccessDenied)/.test(code);
      if (!isRefused) this.problems.push(`${when}: ${objectKey} under a deleted key is ${status} ${code}`);
    });
  }

  async #read(objectKey: string, query: Record<string, string>) {
    try {
      const response = await this.#client.request({ method: "GET", bucket: BUCKET, objectKey, query });
      return { status: response.status, sha256: sha256Of(response.body), code: errorCodeOf(response) };
    } catch (error) {
      if (!(error instanceof BrokenResponseError)) throw error;
      return { status: -1, sha256: "", code: "the response broke off" };
    }
  }

  /** The run that was killed last resumes and ends with a proof; what it allows is destroyed; all reads as before. */
  async #finish(): Promise<void> {
    const { dataDir, rootKeyFile, path } = this.#folder;
    const folder = ["--data-dir", dataDir, "--root-key-file", rootKeyFile];
    const proof = join(path, "proof");
    await runStrongroom(["keys", "rewrap", "--watch", "--json", "--proof", proof, ...folder], {}, 150_000);
    const statement: unknown = JSON.parse(await runStrongroom(["keys", "verify-proof", proof, ...folder]));
    const noneUpTo = Number(Reflect.get(Object(statement), "noneUpTo"));
    const destroyed = await runStrongroom(["keys", "destroy", "--up-to", String(noneUpTo), ...folder]);
    this.#options.print(`${JSON.stringify(statement)}\n${destroyed.trim()}`);
    const states: unknown = JSON.parse(await runStrongroom(["keys", "list", "--json", ...folder]));
    const living = Object.values(Object(states)).filter(
      (state) => Reflect.get(Object(state), "destroyedMs") === null,
    );
    if (living.length !== 1) this.problems.push(`${living.length} master keys are left`);
    await this.#server.kill();
    this.#server = await launch(this.#folder, this.#server.port);
    await this.#verify("at the end");
    const trail = await runStrongroom(["audit", "verify", ...folder]).catch((error: unknown) =>
      String(error),
    );
    if (!/nothing was changed/.test(trail)) this.problems.push(`the trail: ${trail.slice(0, 800)}`);
    this.tally.add("proofs verified");
  }

  async close(): Promise<void> {
    this.#client.close();
    if (this.#server.isRunning) await this.#server.kill();
    this.#folder.remove();
  }
}

async function createKey(client: WireClient): Promise<string> {
  const made = kmsFields(await callKms(client, "CreateKey"));
  return String(Reflect.get(Object(made["KeyMetadata"]), "Arn"));
}

function launch(folder: ScratchFolder, port: number | undefined): Promise<StrongroomProcess> {
  const { dataDir, rootKeyFile, logFile } = folder;
  return startStrongroom({
    dataDir,
    rootKeyFile,
    logFile,
    workers: WORKERS,
    ...(port === undefined ? {} : { port }),
  });
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
