import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { JobCommands, type ShownJob } from "../harness/job-commands.ts";
import { callKms, kmsFields } from "../harness/kms-client.ts";
import { filesBelow } from "../harness/scratch-folder.ts";
import { runStrongroom, startStrongroom } from "../harness/strongroom-process.ts";
import { Tally } from "../harness/tally.ts";
import { startTestServer, type TestServer } from "../harness/test-server.ts";
import { missingTool } from "../harness/tool-lookup.ts";
import { type ClientWorkbench, runClient } from "./clients/client-workbench.ts";

const noAws = missingTool("aws", "--version");
const noBoto3 = missingTool("python3", "-c", "import boto3");
const SCRIPT = fileURLToPath(new URL("jobs/objects.py", import.meta.url));
const WAIT_MS = 90_000;

interface State {
  readonly old: string;
  readonly new: string;
  readonly objects: readonly {
    readonly key: string;
    readonly version: string;
    readonly left: string | null;
  }[];
}

describe("jobs", () => {
  const tally = new Tally();
  let server: TestServer;
  let bench: ClientWorkbench;
  let folder: readonly string[];
  let jobs: JobCommands;

  before(async () => {
    const moreArguments = ["--new-buckets-block-sse-c", "no"];
    server = await startTestServer("jobs", { workers: 2, moreArguments });
    const { path, dataDir, rootKeyFile } = server.folder;
    folder = ["--data-dir", dataDir, "--root-key-file", rootKeyFile];
    jobs = new JobCommands(server.folder);
    const home = join(path, "home");
    mkdirSync(home);
    bench = { server, home, tally };
  });
  after(async () => {
    await server.close();
    tally.conclude(console.log, ["jobs carried out"]);
  });

  const finish = async (id: string): Promise<ShownJob> => {
    const job = await jobs.finish(id);
    tally.add("jobs carried out");
    return job;
  };
  const refusal = (error: unknown): string => String(Object(error)["stderr"]);
  const createKey = async (input: object = {}): Promise<string> => {
    const made = kmsFields(await callKms(server.client, "CreateKey", input));
    return String(Object(made["KeyMetadata"])["Arn"]);
  };
  const put = async (
    bucket: string,
    objectKey: string,
    headers: Record<string, string> = {},
  ): Promise<void> => {
    const body = Buffer.from(objectKey);
    const response = await server.client.request({ method: "PUT", bucket, objectKey, headers, body });
    assert.equal(response.status, 200, response.body.toString());
  };
  const under = (keyArn: string): Record<string, string> => ({
    "x-amz-server-side-encryption": "aws:kms",
    "x-amz-server-side-encryption-aws-kms-key-id": keyArn,
  });
  const keyOf = async (bucket: string, objectKey: string): Promise<string> => {
    const { headers } = await server.client.request({ method: "HEAD", bucket, objectKey });
    return String(
      headers["x-amz-server-side-encryption-aws-kms-key-id"] ?? headers["x-amz-server-side-encryption"],
    );
  };
  const addCounts = (printed: string): void => {
    for (const [what, count] of Object.entries(Object(JSON.parse(printed)))) tally.add(what, Number(count));
  };

  test("boto3: versions of every kind come under a new key; the old one is not needed for them any more", {
    skip: noBoto3,
  }, async () => {
    const bucket = "secret-archive";
    const stateFile = join(bench.home, "state.json");
    const written = await runClient(bench, "python3", [SCRIPT, "write", bucket]);
    writeFileSync(stateFile, written);
    const state: State = JSON.parse(written);
    const changeable = state.objects.filter(({ left }) => left === null).length;
    const leave = state.objects.filter(({ left }) => left !== null && left !== "outside");

    const target = ["--to", "aws:kms", "--kms-key-id", state.new, "--bucket-key"];
    const id = await jobs.create(bucket, "--prefix", "quarterly/", ...target);
    const job = await finish(id);
    assert.deepEqual(
      { ...job, left: null },
      {
        ...{ ...job, left: null, state: "complete", total: changeable + leave.length, done: changeable },
        ...{ skipped: leave.length, failed: 0, failedBy: {}, lastFailure: null, unnamed: 0 },
        skippedBy: { InTwoLayers: 1, UnderCustomerKey: 1, ObjectLocked: 3 },
      },
    );
    const named = (each: { key: string; version: string; left: string | null }): string =>
      `${each.key} ${each.version} ${each.left}`;
    assert.deepEqual(
      job.left.map(({ objectKey, versionId, code }) => `${objectKey} ${versionId} ${code}`).toSorted(),
      leave.map(named).toSorted(),
    );
    addCounts(await runClient(bench, "python3", [SCRIPT, "check", stateFile, state.new]));

    const again = await finish(await jobs.create(bucket, "--prefix", "quarterly/", ...target));
    assert.deepEqual([again.done, again.skippedBy["AlreadyAsAsked"]], [0, changeable]);
    const back = await finish(await jobs.create(bucket, "--key-is", state.new, "--to", "AES256"));
    assert.deepEqual([back.total, back.done], [changeable, changeable]);
    addCounts(await runClient(bench, "python3", [SCRIPT, "look", stateFile, "AES256"]));

    await test("each use of a key is on the trail, with the job and what allowed it", async () => {
      const printed = await runStrongroom(["audit", "print", ...folder], {}, WAIT_MS);
      const events = printed
        .trim()
        .split("\n")
        .map((line) => Object(JSON.parse(line)));
      const used = events.filter((event) => event.userAgent === `strongroom-jobs/${id}`);
      const opened = used.filter(({ eventName }) => eventName === "Decrypt");
      // Each object under a key of its own, and what shares a bucket key once or more.
      assert.ok(opened.length >= 9, `${opened.length} uses of the old key`);
      assert.ok(used.some(({ eventName }) => eventName === "GenerateDataKey"));
      for (const { userIdentity, additionalEventData } of used) {
        assert.deepEqual([userIdentity.type, userIdentity.invokedBy], ["Root", "s3.amazonaws.com"]);
        assert.equal(additionalEventData.authorization[0].effect, "Allow");
      }
      const told = events.filter(({ requestParameters }) => requestParameters?.jobId === id);
      const names = new Set(told.map(({ eventName }) => eventName));
      assert.deepEqual([...names].toSorted(), ["JobCreated", "JobStatusChanged", "UpdateObjectEncryption"]);
      tally.add("events looked at", used.length + told.length);
    });

    await test("no name of an object is in the clear in any file, nor in the log", () => {
      const { dataDir, logFile } = server.folder;
      for (const file of [...filesBelow(dataDir), logFile]) {
        const bytes = readFileSync(file);
        for (const name of ["quarterly/", "bucket-key-1000", "GOVERNANCE"]) {
          assert.equal(bytes.includes(name), false, `${file} holds ${name}`);
        }
        tally.add("files looked through");
      }
    });
  });

  test("aws: the new key is what head-object tells, and filters keep the rest out", {
    skip: noAws,
  }, async () => {
    const bucket = "filtered";
    const [old, other, target] = [await createKey(), await createKey(), await createKey()];
    await server.makeBucket(bucket);
    const aws = async (...parameters: string[]) =>
      Object(JSON.parse(await runClient(bench, "aws", ["--output", "json", ...parameters])));
    for (const key of ["a", "b"]) await put(bucket, `of-old/${key}`, under(old));
    await put(bucket, "of-old/plain");
    await put(bucket, "of-other/a", under(other));
    const dry = await finish(
      await jobs.create(bucket, "--created-before", "2020-01-01", "--to", "aws:kms", "--kms-key-id", target),
    );
    assert.deepEqual([dry.state, dry.total, dry.done], ["complete", 0, 0]);
    await runClient(bench, "aws", [
      ...["kms", "create-alias", "--alias-name", "alias/job-target", "--target-key-id", target],
    ]);
    const match = ["--key-is", old.split("/")[1] ?? "", "--scheme-is", "aws:kms", "--versions", "current"];
    const job = await finish(
      await jobs.create(bucket, ...match, "--to", "aws:kms", "--kms-key-id", "alias/job-target"),
    );
    assert.deepEqual([job.total, job.done], [2, 2]);
    const head = await aws("s3api", "head-object", "--bucket", bucket, "--key", "of-old/a");
    assert.deepEqual(
      [head.ServerSideEncryption, head.SSEKMSKeyId, head.ContentLength],
      ["aws:kms", target, 8],
    );
    assert.equal(head.BucketKeyEnabled ?? false, false);
    assert.equal(await keyOf(bucket, "of-old/plain"), "AES256");
    assert.equal(await keyOf(bucket, "of-other/a"), other);
    const plain = await finish(
      await jobs.create(
        bucket,
        "--scheme-is",
        "AES256",
        "--to",
        "aws:kms",
        "--kms-key-id",
        target,
        "--bucket-key",
      ),
    );
    assert.equal(plain.done, 1);
    const changed = await aws("s3api", "head-object", "--bucket", bucket, "--key", "of-old/plain");
    assert.deepEqual([changed.SSEKMSKeyId, changed.BucketKeyEnabled], [target, true]);
    const listed: readonly ShownJob[] = JSON.parse(await jobs.run("list", "--json"));
    assert.ok(listed.length >= 3 && listed.every(({ state }) => state === "complete"));
    assert.match(
      await jobs.run("list"),
      new RegExp(`${job.id} .* complete at .*: 2 done, 0 skipped, 0 failed`),
    );
    assert.match(
      await jobs.run("show", job.id),
      /re-encrypt current versions of filtered encrypted with aws:kms/,
    );
  });

  test("what cannot be asked for is refused with what to do, and changes nothing", async () => {
    const bucket = "refused";
    await server.makeBucket(bucket);
    await put(bucket, "o");
    const disabled = await createKey();
    await callKms(server.client, "DisableKey", { KeyId: disabled });
    const statement = (Principal: object, Action: string) => ({
      Effect: "Allow",
      Principal,
      Action,
      Resource: "*",
    });
    const account = disabled.split(":")[4] ?? "";
    const me = { AWS: `arn:aws:iam::${account}:root` };
    // Its administrator may do everything but use it.
    const barred = await createKey({
      Policy: JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ ...statement(me, "kms:*"), Condition: { Null: { "kms:ViaService": "true" } } }],
      }),
    });
    const made = await runStrongroom(["account", "create", "elsewhere", "--json", ...folder]);
    const { accessKeyId, secretAccessKey } = Object(JSON.parse(made));
    const theirs = String(
      Object(
        kmsFields(
          await callKms(server.client, "CreateKey", {}, { credentials: { accessKeyId, secretAccessKey } }),
        )["KeyMetadata"],
      )["Arn"],
    );
    const to = (keyId: string): string[] => ["--to", "aws:kms", "--kms-key-id", keyId];
    for (const [parameters, expected] of [
      [to(disabled), /refuses the account that owns the bucket: DisabledException/],
      [to(barred), /refuses the account that owns the bucket: AccessDeniedException/],
      [to(theirs), /the new key must be of account/],
      [to("alias/none"), /not found|NotFound/i],
      [["--to", "aws:kms"], /needs --kms-key-id/],
      [["--to", "AES256", "--bucket-key"], /go with --to aws:kms/],
      [["--to", "aws:kms:dsse"], /Allowed choices are AES256, aws:kms/],
      [["--to", "AES256", "--created-before", "yesterday"], /A date as/],
    ] as const) {
      const error: unknown = await jobs.create(bucket, ...parameters).then(
        () => null,
        (thrown: unknown) => thrown,
      );
      assert.match(refusal(error), expected);
      tally.add("refusals");
    }
    await assert.rejects(jobs.create("no-such-bucket", "--to", "AES256"), /bucket/);
    await assert.rejects(jobs.run("show", "0123456789abcdef"), /there is no job/);
    await assert.rejects(jobs.run("cancel", "../../etc"), /there is no job/);
    assert.equal(await keyOf(bucket, "o"), "AES256");
  });

  test("a key that refuses under way fails its versions, which the report names; asked again they are done", async () => {
    const bucket = "half";
    const [old, target] = [await createKey(), await createKey()];
    await server.makeBucket(bucket);
    await put(bucket, "kms", under(old));
    await put(bucket, "plain");
    await callKms(server.client, "DisableKey", { KeyId: old });
    const id = await jobs.create(bucket, "--to", "aws:kms", "--kms-key-id", target);
    const error: unknown = await finish(id).then(
      () => null,
      (thrown: unknown) => thrown,
    );
    assert.equal(Object(error)["code"], 1, "versions that failed are exit code 1");
    const job = await jobs.show(id);
    assert.deepEqual([job.state, job.done, job.failedBy], ["complete", 1, { DisabledException: 1 }]);
    assert.deepEqual(job.left, [
      { objectKey: "kms", versionId: "null", outcome: "failed", code: "DisabledException" },
    ]);
    assert.match(job.lastFailure ?? "", /^DisabledException: .*is disabled/);
    assert.equal(await keyOf(bucket, "kms"), old);
    await callKms(server.client, "EnableKey", { KeyId: old });
    const again = await finish(await jobs.create(bucket, "--to", "aws:kms", "--kms-key-id", target));
    assert.deepEqual([again.done, again.skippedBy], [1, { AlreadyAsAsked: 1 }]);
    assert.equal(await keyOf(bucket, "kms"), target);
  });

  test("pause, resume and cancel, beside a server and without one", async () => {
    const own = await startTestServer("jobs-paused", { workers: 1 });
    const { process: former, folder: place, client } = own;
    const bucket = "paused";
    await own.makeBucket(bucket);
    for (let at = 0; at < 50; at++) {
      const put = { method: "PUT", bucket, objectKey: `o${at}`, body: Buffer.from("body") };
      assert.equal((await client.request(put)).status, 200);
    }
    const target = String(Object(kmsFields(await callKms(client, "CreateKey"))["KeyMetadata"])["Arn"]);
    await former.stop();
    const commands = new JobCommands(place);
    const create = (prefix: string): Promise<string> =>
      commands.create(bucket, "--prefix", prefix, "--to", "aws:kms", "--kms-key-id", target);
    const [resting, ended, first] = [await create("o1"), await create("o2"), await create("o3")];
    assert.match(await commands.run("pause", resting), /^[0-9a-f]{16}: paused/);
    assert.match(await commands.run("cancel", ended), /^[0-9a-f]{16}: cancelled/);
    // No server: whoever watches works.
    assert.equal((await commands.finish(first)).done, 11);
    const second = await create("o4");
    const server = await startStrongroom({ ...former.options, port: former.port });
    try {
      await commands.until(second, ({ state }) => state === "complete");
      const stateOf = async (id: string): Promise<unknown> => {
        const { state, done } = await commands.show(id);
        return [state, done];
      };
      assert.deepEqual(
        [await stateOf(resting), await stateOf(ended)],
        [
          ["paused", 0],
          ["cancelled", 0],
        ],
      );
      await assert.rejects(commands.run("resume", ended), /is cancelled: there is nothing to resume/);
      await commands.run("resume", resting);
      const { state, done } = await commands.finish(resting);
      assert.deepEqual([state, done], ["complete", 11]);
      await assert.rejects(commands.run("pause", resting), /is complete: there is nothing to pause/);
      for (const [objectKey, scheme] of [
        ["o20", "AES256"],
        ["o15", "aws:kms"],
      ] as const) {
        const { headers } = await client.request({ method: "HEAD", bucket, objectKey });
        assert.equal(headers["x-amz-server-side-encryption"], scheme);
      }
      tally.add("jobs carried out", 3);
    } finally {
      client.close();
      await server.stop();
      place.remove();
    }
  });

  test("RenameObject and CreateSession, which directory buckets have, are 501 and change nothing", {
    skip: noBoto3,
  }, async () => {
    const bucket = "general-purpose";
    await server.makeBucket(bucket);
    addCounts(await runClient(bench, "python3", [SCRIPT, "unbuilt", bucket]));
  });
});
