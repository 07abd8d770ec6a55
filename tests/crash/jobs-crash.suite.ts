import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { readClientEnvironment } from "../harness/client-environment.ts";
import { JobCommands, type ShownJob } from "../harness/job-commands.ts";
import { callKms, kmsFields } from "../harness/kms-client.ts";
import { makeScratchFolder, type ScratchFolder } from "../harness/scratch-folder.ts";
import { type StrongroomProcess, startStrongroom } from "../harness/strongroom-process.ts";
import { Tally } from "../harness/tally.ts";
import { bytesOf, randomOf } from "../harness/test-bytes.ts";
import { WireClient } from "../harness/wire-client.ts";
import { sha256Of } from "./stored-value.ts";
import { inParallel } from "./verify-state.ts";

const kills = Number(process.env["STRONGROOM_JOB_KILLS"] ?? 3);
const seed = process.env["STRONGROOM_CRASH_SEED"] ?? String(Date.now());
const BUCKET = "changing";
const OBJECTS = 300;
const PART_BYTES = 5 << 20;
const LANES = 8;

interface Version {
  readonly objectKey: string;
  readonly versionId: string;
  readonly etag: string;
  readonly sha256: string;
}

class Bench {
  readonly tally = new Tally();
  readonly versions: Version[] = [];
  readonly client: WireClient;
  readonly jobs: JobCommands;
  readonly keyArns: string[] = [];
  server: StrongroomProcess;

  constructor(folder: ScratchFolder, server: StrongroomProcess, client: WireClient) {
    this.client = client;
    this.server = server;
    this.jobs = new JobCommands(folder);
  }

  async fill(): Promise<void> {
    for (let count = 0; count < 3; count++) {
      const made = kmsFields(await callKms(this.client, "CreateKey"));
      this.keyArns.push(String(Object(made["KeyMetadata"])["Arn"]));
    }
    await this.#send({ method: "PUT", bucket: BUCKET });
    const enabled = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
    await this.#send({
      ...{ method: "PUT", bucket: BUCKET, query: { versioning: "" } },
      body: Buffer.from(enabled),
    });
    const numbers = Array.from({ length: OBJECTS }, (_, at) => at);
    await inParallel(LANES, numbers, async (at) => {
      // Some keys have several versions; some bodies lie outside of the index.
      const objectKey = `o${at % 250}`;
      const body = bytesOf(`${objectKey}/${at}`, at % 10 === 0 ? 200_000 : 100 * (at % 7));
      const { headers } = await this.#send({ ...this.#at(objectKey, at), method: "PUT", body });
      this.#note(objectKey, headers, body);
    });
    await this.#putParts("parts");
  }

  #at(objectKey: string, at: number) {
    const kms = {
      "x-amz-server-side-encryption": "aws:kms",
      "x-amz-server-side-encryption-aws-kms-key-id": this.keyArns[0] ?? "",
      "x-amz-server-side-encryption-bucket-key-enabled": String(at % 2 === 0),
    };
    return { bucket: BUCKET, objectKey, headers: at % 3 === 0 ? {} : kms };
  }

  async #putParts(objectKey: string): Promise<void> {
    const begun = await this.#send({ ...this.#at(objectKey, 1), method: "POST", query: { uploads: "" } });
    const uploadId = /<UploadId>([^<]+)/.exec(begun.body.toString())?.[1] ?? "";
    const bodies = [bytesOf("one", PART_BYTES), bytesOf("two", 1_000)];
    const parts: string[] = [];
    for (const [at, body] of bodies.entries()) {
      const partNumber = String(at + 1);
      const place = { bucket: BUCKET, objectKey, query: { partNumber, uploadId } };
      const { headers } = await this.#send({ ...place, method: "PUT", body });
      parts.push(`<Part><PartNumber>${partNumber}</PartNumber><ETag>${headers["etag"]}</ETag></Part>`);
    }
    const body = Buffer.from(`<CompleteMultipartUpload>${parts.join("")}</CompleteMultipartUpload>`);
    const { headers } = await this.#send({
      ...{ method: "POST", bucket: BUCKET, objectKey, query: { uploadId }, body },
    });
    const whole = Buffer.concat(bodies);
    const head = await this.#send({ method: "HEAD", bucket: BUCKET, objectKey });
    this.#note(objectKey, { ...headers, etag: head.headers["etag"] }, whole);
  }

  #note(objectKey: string, headers: Readonly<Record<string, unknown>>, body: Buffer): void {
    const [versionId, etag] = [String(headers["x-amz-version-id"]), String(headers["etag"])];
    this.versions.push({ objectKey, versionId, etag, sha256: sha256Of(body) });
  }

  async #send(request: Parameters<WireClient["request"]>[0]) {
    const response = await this.client.request(request);
    assert.ok(response.status === 200, `${request.method}: ${response.status} ${response.body}`);
    return response;
  }

  /** Every version is what it was, under one key or another; returns how many are under each. */
  async readBack(when: string): Promise<Readonly<Record<string, number>>> {
    const keys: Record<string, number> = {};
    await inParallel(LANES, this.versions, async ({ objectKey, versionId, etag, sha256 }) => {
      const query = { versionId };
      const { status, headers, body } = await this.client.request({
        ...{ method: "GET", bucket: BUCKET, objectKey, query },
      });
      const found = { status, etag: headers["etag"], sha256: sha256Of(body) };
      assert.deepEqual(found, { status: 200, etag, sha256 }, `${when}: ${objectKey} ${versionId} ${body}`);
      const key = String(headers["x-amz-server-side-encryption-aws-kms-key-id"] ?? "AES256");
      keys[key] = (keys[key] ?? 0) + 1;
      this.tally.add("versions read back");
    });
    return keys;
  }

  async restart(): Promise<void> {
    this.server = await startStrongroom({ ...this.server.options, port: this.server.port });
  }
}

test(`${kills} times kill -9 in the middle of a job: it resumes, nothing is lost or half changed, and each version is counted once`, async () => {
  console.log(`seed ${seed}`);
  const random = randomOf(seed);
  const folder = makeScratchFolder("jobs-crash");
  const { dataDir, rootKeyFile, logFile } = folder;
  const server = await startStrongroom({ dataDir, rootKeyFile, logFile, workers: 2 });
  const bench = new Bench(folder, server, new WireClient(await readClientEnvironment(server)));
  const { jobs, tally, versions } = bench;
  try {
    await bench.fill();
    await bench.server.kill();
    let job: ShownJob | null = null;
    let target = "";
    // How far a job gets in a time is the machine's: it is felt for.
    let delayMs = 300;
    for (let attempt = 0; tally.count("kills in the middle of a job") < kills; attempt++) {
      assert.ok(attempt < kills * 10, `no job was met in its middle: ${tally}`);
      if (job === null || job.state === "complete") {
        target = bench.keyArns[target === bench.keyArns[1] ? 2 : 1] ?? "";
        const flags = ["--to", "aws:kms", "--kms-key-id", target];
        job = await jobs.show(await jobs.create(BUCKET, ...flags));
      }
      const before: number = job.done;
      await bench.restart();
      await sleep(delayMs * (0.5 + random()));
      await bench.server.kill();
      job = await jobs.show(job.id);
      tally.add("kills");
      if (job.state === "complete") delayMs = Math.max(20, delayMs / 2);
      else if (job.done === before) delayMs = Math.min(10_000, delayMs * 1.5);
      if (job.state !== "active" || job.done === before) continue;
      tally.add("kills in the middle of a job");
      await jobs.run("pause", job.id);
      await bench.restart();
      const keys = await bench.readBack(`after kill ${attempt}`);
      // What was changed in a step that was never recorded is changed, and not counted yet.
      const changed = keys[target] ?? 0;
      assert.ok(changed >= job.done && changed < versions.length, `${changed} changed, ${job.done} counted`);
      await bench.server.kill();
      await jobs.run("resume", job.id);
    }
    await bench.restart();
    assert.ok(job !== null);
    const { state, total, done, skipped, failed } = await jobs.finish(job.id);
    const all = versions.length;
    assert.deepEqual(
      { state, total, done, skipped, failed },
      { state: "complete", total: all, done: all, skipped: 0, failed: 0 },
    );
    for (const KeyId of bench.keyArns.filter((arn) => arn !== target)) {
      await callKms(bench.client, "DisableKey", { KeyId });
    }
    assert.deepEqual(await bench.readBack("at the end"), { [target]: all });
  } finally {
    bench.client.close();
    if (bench.server.isRunning) await bench.server.kill();
    folder.remove();
  }
  tally.conclude(console.log, ["versions read back", "kills in the middle of a job"]);
});
