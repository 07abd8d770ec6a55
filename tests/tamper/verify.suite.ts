import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { callKms } from "../harness/kms-client.ts";
import {
  type ServeOptions,
  serverEnvironment,
  startStrongroom,
  strongroomCommand,
} from "../harness/strongroom-process.ts";
import { Tally } from "../harness/tally.ts";
import { applyMutation, type Mutation, readRecords } from "./mutation.ts";
import { type BlobSample, makeVerifySamples, type VerifySamples } from "./verify-samples.ts";

interface Found {
  readonly problem: string;
  readonly bucket: string;
  readonly objectKey: string;
  readonly versionId: string | null;
  readonly partNumber: number | null;
  readonly scheme: string | null;
  readonly key: string | null;
}

interface Counts {
  readonly scheme: string;
  readonly bodies: number;
  readonly opened: number;
  readonly digest: number;
  readonly form: number;
  readonly bad: number;
}

interface Report {
  readonly ok: boolean;
  readonly index: { readonly records: number } | null;
  readonly checked: readonly Counts[];
  readonly unavailableKeys: readonly { readonly key: string; readonly reason: string }[];
  readonly found: number;
  readonly findings: readonly Found[];
}

const tally = new Tally();

describe("strongroom verify", () => {
  let samples: VerifySamples;
  let dataDir: string;
  before(async () => {
    samples = await makeVerifySamples();
    dataDir = samples.server.folder.dataDir;
  });
  after(async () => {
    await samples.server.close();
    tally.conclude(console.log, [
      "bodies of a healthy store",
      "tampered blobs found",
      "tampered payloads found",
    ]);
  });

  /** The report over a folder; its exit code must say the same. */
  async function verify(folder: string, ...more: readonly string[]): Promise<Report> {
    const { code, stdout, stderr } = await run(["verify", "--json", ...more, ...flagsFor(folder)]);
    assert.notEqual(stdout, "", stderr);
    const report: Report = JSON.parse(stdout);
    assert.equal(code, report.ok ? 0 : 1, stderr);
    return report;
  }

  const flagsFor = (folder: string) => [
    ...["--data-dir", folder],
    ...["--root-key-file", samples.server.folder.rootKeyFile],
  ];

  test("beside a running server a healthy store with every scheme has nothing bad", async () => {
    const report = await verify(dataDir);
    assert.deepEqual([report.ok, report.found, report.findings], [true, 0, []]);
    assert.ok((report.index?.records ?? 0) > 0);
    const bodies = new Map(report.checked.map((counts) => [counts.scheme, counts.bodies]));
    assert.deepEqual([...bodies].sort(), [...samples.bodies].sort());
    for (const counts of report.checked) {
      tally.add("bodies of a healthy store", counts.bodies);
      // Without the customer's key every stored byte is checked against the digest that the record keeps.
      assert.equal(counts.scheme === "sse-c" ? counts.digest : counts.opened, counts.bodies, counts.scheme);
    }
    assert.deepEqual(
      report.unavailableKeys.map(({ reason }) => reason),
      ["customer's key"],
    );
  });

  test("keys of the key service are asked for in the system's name, and that is on the trail", async () => {
    const printed = await run(["audit", "print", ...flagsFor(dataDir)]);
    const events = printed.stdout.split("\n").filter((line) => line.includes("verify.strongroom.internal"));
    assert.ok(events.length > 0, printed.stderr);
    for (const line of events) assert.match(line, /Decrypt/);
    tally.add("events of the system", events.length);
  });

  const rounds: Readonly<Record<string, (blob: BlobSample, other: BlobSample) => Mutation>> = {
    "a flipped bit in a chunk": ({ file }) => ({ kind: "flip", file, offset: 70_000, mask: 8 }),
    "a flipped bit in the head": ({ file }) => ({ kind: "flip", file, offset: 30, mask: 1 }),
    "a byte cut off": ({ file }) => ({ kind: "truncate", file, sizeBytes: 100_000 }),
    "a blob removed": ({ file }) => ({ kind: "remove", file }),
    "another object's, or an older, blob put there": ({ file }, other) => ({
      kind: "splice",
      file,
      pieces: [{ file: other.file, start: 0, end: Number.MAX_SAFE_INTEGER }],
    }),
  };
  for (const [what, mutate] of Object.entries(rounds)) {
    test(`[L-20] [L-23] [L-25] ${what}: each is found and named, under every scheme`, async () => {
      const kept = join(samples.server.folder.path, "kept");
      cpSync(join(dataDir, "blobs"), kept, { recursive: true });
      const { blobs } = samples;
      const mutations = blobs.map((blob, at) => mutate(blob, blobs[(at + 1) % blobs.length] ?? blob));
      const originals = new Map(blobs.map(({ file }) => [file, readFileSync(join(dataDir, file))]));
      for (const mutation of mutations) {
        if (mutation.kind === "splice") {
          const [piece] = mutation.pieces;
          writeFileSync(join(dataDir, mutation.file), originals.get(piece?.file ?? "") ?? "");
        } else await applyMutation(dataDir, mutation);
      }
      const report = await verify(dataDir);
      for (const [file, bytes] of originals) writeFileSync(join(dataDir, file), bytes);
      rmSync(kept, { recursive: true });
      const named = ({ objectKey, partNumber, scheme }: Found | BlobSample) =>
        `${objectKey} ${partNumber} ${scheme}`;
      assert.deepEqual(report.findings.map(named).sort(), blobs.map(named).sort());
      for (const { key, versionId, partNumber } of report.findings) {
        assert.ok(key !== null && (versionId !== null || partNumber !== null));
      }
      assert.equal(
        report.checked.reduce((sum, { bad }) => sum + bad, 0),
        blobs.length,
      );
      tally.add("tampered blobs found", blobs.length);
      assert.equal((await verify(dataDir)).ok, true, "it was put back");
    });
  }

  test("a disabled key is said to be, and what hangs on it is checked without it", async () => {
    const { client } = samples.server;
    const asked = { KeyId: samples.kmsKeyArn };
    assert.equal((await callKms(client, "DisableKey", asked)).status, 200);
    const report = await verify(dataDir);
    assert.equal((await callKms(client, "EnableKey", asked)).status, 200);
    assert.equal(report.ok, true);
    const kms = report.checked.filter(({ scheme }) => scheme.includes("kms"));
    for (const { bodies, form, opened } of kms) assert.deepEqual([opened, form], [0, bodies]);
    assert.ok(report.unavailableKeys.some(({ reason }) => reason === "DisabledException"));
  });

  test("the server's own scrub finds it, alarms, counts and names it, and goes on after a restart", async () => {
    const [victim] = samples.blobs;
    assert.ok(victim !== undefined);
    const { process: server, client } = samples.server;
    await server.stop();
    const path = join(dataDir, victim.file);
    const whole = readFileSync(path);
    await applyMutation(dataDir, { kind: "flip", file: victim.file, offset: 80_000, mask: 2 });
    const scrubbing = { ...server.options, port: server.port, workers: 2 };
    const moreArguments = ["--scrub-days", "0", "--scrub-mib", "1000", "--log-level", "debug"];
    const again = await startStrongroom({ ...scrubbing, moreArguments });
    const metric = async (name: string): Promise<number> => {
      const { body } = await client.request({
        method: "GET",
        bucket: "-",
        objectKey: "metrics",
        credentials: null,
      });
      return Number(new RegExp(`^${name} (\\S+)$`, "m").exec(body.toString())?.[1] ?? "NaN");
    };
    const until = async (holds: () => Promise<boolean>): Promise<void> => {
      for (let tries = 0; !(await holds()); tries++) {
        assert.ok(tries < 600, `not in time: ${again.output.slice(-1000)}`);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    };
    try {
      await until(async () => (await metric("strongroom_scrub_findings")) === 1);
      assert.ok((await metric("strongroom_integrity_failures_total")) >= 1);
      assert.match(again.output, /"event":"integrity"[^\n]*"problem":"bytes-altered"/);
      assert.ok(!again.output.includes(victim.objectKey), "a name is in the log");
      // The last may be one that has just begun, and has found nothing yet.
      let found: readonly string[] = [];
      await until(async () => {
        found = (await verify(dataDir, "--last")).findings.map(({ objectKey }) => objectKey);
        return found.length > 0;
      });
      assert.deepEqual(found, [victim.objectKey]);
      writeFileSync(path, whole);
      await until(async () => (await metric("strongroom_scrub_findings")) === 0);
      tally.add("found by the scrub");
    } finally {
      // Not killed: the lease of a pass under way would be kept for a minute.
      await again.stop();
    }
    // So slow that no pass ends while it is looked at, however busy the machine is.
    await scrubsOn({ ...scrubbing, moreArguments: ["--scrub-days", "0", "--scrub-mib", "1"] }, metric, until);
    const last = await startStrongroom({ ...server.options, port: server.port });
    assert.deepEqual(await last.stop(), { code: 0, signal: null });
  });

  /** What was looked at before a restart is not looked at again: the pass goes on with what it had counted. */
  async function scrubsOn(
    options: ServeOptions,
    metric: (name: string) => Promise<number>,
    until: (holds: () => Promise<boolean>) => Promise<void>,
  ): Promise<void> {
    const first = await startStrongroom(options);
    const all = [...samples.bodies.values()].reduce((sum, count) => sum + count, 0);
    await until(async () => {
      const bodies = await metric("strongroom_scrub_bodies");
      return bodies > 0 && bodies < all;
    }).finally(() => first.stop());
    const stopped = await scrubOf();
    assert.ok(stopped.bodies > 0);
    const second = await startStrongroom(options);
    const isOn = async (): Promise<boolean> => {
      const now = await scrubOf();
      return now.startedAt !== stopped.startedAt || now.bodies > stopped.bodies;
    };
    await until(isOn).finally(() => second.stop());
    const now = await scrubOf();
    assert.ok(!stopped.ended && now.startedAt === stopped.startedAt, "the pass began anew");
    tally.add("passes that went on after a restart");
  }

  async function scrubOf() {
    const { stdout } = await run(["verify", "--last", "--json", ...flagsFor(dataDir)]);
    const report: Report & { readonly startedAt: string; readonly finishedAt: string | null } =
      JSON.parse(stdout);
    const bodies = report.checked.reduce((sum, counts) => sum + counts.bodies, 0);
    return { bodies, startedAt: report.startedAt, ended: report.finishedAt !== null };
  }

  test("[L-26] payloads and pages of a stopped server's index: changed, exchanged, removed", async () => {
    const copy = join(samples.server.folder.path, "copy");
    const payloads = [...(await readRecords(dataDir, "payloads")).keys()];
    const fresh = (): void => {
      rmSync(copy, { recursive: true, force: true });
      mkdirSync(copy);
      cpSync(dataDir, copy, { recursive: true });
    };
    for (const kind of ["flip", "delete", "copy"] as const) {
      fresh();
      for (const [at, name] of payloads.entries()) {
        const from = payloads[(at + 1) % payloads.length] ?? name;
        const change =
          kind === "flip"
            ? ({ kind, name, offset: 75, mask: 1 } as const)
            : kind === "delete"
              ? ({ kind, name } as const)
              : ({ kind, name, from } as const);
        // The last would be copied from one that is already changed: to its own neighbour's bytes, still not its own.
        await applyMutation(copy, { kind: "records", database: "payloads", change });
      }
      const report = await verify(copy);
      assert.equal(report.found, payloads.length, `${kind}: ${report.found} of ${payloads.length}`);
      tally.add("tampered payloads found", report.found);
    }
    const pages = [...(await readRecords(dataDir, "pages")).keys()];
    let named = 0;
    for (let at = 0; at < pages.length; at += Math.ceil(pages.length / 8)) {
      fresh();
      const change = { kind: "flip", name: pages[at] ?? "", offset: 20, mask: 1 } as const;
      await applyMutation(copy, { kind: "records", database: "pages", change });
      const report = await verify(copy);
      assert.equal(report.ok, false, `page ${pages[at]}`);
      if (report.findings?.every(({ problem }) => problem === "index-damaged")) named++;
      tally.add("tampered pages found");
    }
    console.log(`${named} damaged pages were passed over and the rest of the store was verified`);
    rmSync(copy, { recursive: true });
  });
});

function run(parameters: readonly string[]) {
  const command = strongroomCommand(parameters);
  const options = { env: serverEnvironment(undefined), timeout: 60_000, maxBuffer: 64 << 20 };
  return new Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }>(
    (resolve) => {
      execFile(command.file, command.parameters, options, (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === "number" ? error.code : -1;
        resolve({ code, stdout, stderr });
      });
    },
  );
}
