import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import type { ScratchFolder } from "./scratch-folder.ts";
import { runStrongroom } from "./strongroom-process.ts";

const WAIT_MS = 120_000;

/** What `jobs show --json` prints, as far as tests look at it. */
export interface ShownJob {
  readonly id: string;
  readonly state: string;
  readonly total: number | null;
  readonly done: number;
  readonly skipped: number;
  readonly failed: number;
  readonly skippedBy: Readonly<Record<string, number>>;
  readonly failedBy: Readonly<Record<string, number>>;
  readonly lastFailure: string | null;
  readonly left: readonly {
    readonly objectKey: string;
    readonly versionId: string;
    readonly outcome: string;
    readonly code: string;
  }[];
}

/** `strongroom jobs …` on one data folder. */
export class JobCommands {
  readonly #folder: readonly string[];

  constructor({ dataDir, rootKeyFile }: Pick<ScratchFolder, "dataDir" | "rootKeyFile">) {
    this.#folder = ["--data-dir", dataDir, "--root-key-file", rootKeyFile];
  }

  /** Rejects with `stderr` and `code` when it fails. */
  run(...parameters: readonly string[]): Promise<string> {
    return runStrongroom(["jobs", ...parameters, ...this.#folder], {}, WAIT_MS);
  }

  /** Returns the job's id. */
  async create(bucket: string, ...more: readonly string[]): Promise<string> {
    const printed = await this.run("create", "re-encrypt", "--bucket", bucket, "--json", ...more);
    return String(Object(JSON.parse(printed))["id"]);
  }

  async show(id: string): Promise<ShownJob> {
    return JSON.parse(await this.run("show", id, "--json"));
  }

  /** Watches a job to its end. */
  async finish(id: string): Promise<ShownJob> {
    const lines = (await this.run("show", id, "--watch", "--json")).trim().split("\n");
    return JSON.parse(lines.at(-1) ?? "");
  }

  /** The job once it is as `isSo` says. */
  async until(id: string, isSo: (job: ShownJob) => boolean): Promise<ShownJob> {
    for (const endMs = Date.now() + WAIT_MS; ; await sleep(50)) {
      const job = await this.show(id);
      if (isSo(job)) return job;
      assert.ok(Date.now() < endMs, JSON.stringify(job));
    }
  }
}
