// A process that may die of what it reads: changes a copy of a data folder, reads all samples, puts the copy back.

import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { filesBelow } from "../harness/scratch-folder.ts";
import { bytesOf } from "../harness/test-bytes.ts";
import type { KeySampleFolder } from "./key-samples.ts";
import { applyMutation, type Mutation } from "./mutation.ts";
import { openDataFolder } from "./opened-folder.ts";
import { nameOf, readSample } from "./read-sample.ts";
import type { Sample } from "./sealed-samples.ts";
import { tryKeySample } from "./try-key-sample.ts";

export interface ReaderSetup {
  readonly original: string;
  readonly copy: string;
  readonly rootKeyFile: string;
  readonly samples: readonly Sample[];
  readonly keys?: Pick<KeySampleFolder, "accountId" | "samples">;
}

export interface ReaderJob {
  readonly id: number;
  readonly mutation: Mutation;
}

/**
 * `unharmed`: every sample reads as it was. `refused`: at least one does not read, the others as they were.
 * `wrong`: a wrong byte left, a read ended cleanly too early, or a sample was said not to exist.
 */
export interface ReaderResult {
  readonly id: number;
  readonly outcome: "unharmed" | "refused" | "wrong";
  readonly detail: string;
}

class TamperReader {
  readonly #setup: ReaderSetup;
  readonly #expected: Map<Sample, Buffer>;
  readonly #files = new Map<string, Buffer>();
  #copy: string;
  #copies = 0;

  constructor(setup: ReaderSetup) {
    this.#setup = setup;
    this.#expected = new Map(setup.samples.map((sample) => [sample, bytesOf(sample.seed, sample.sizeBytes)]));
    for (const file of filesBelow(setup.original))
      this.#files.set(relative(setup.original, file), readFileSync(file));
    this.#copy = setup.copy;
    this.#copyAnew();
  }

  /** LMDB keeps what it once opened for the life of the process, even when opening failed: such a copy is left behind. */
  #copyAnew(): void {
    rmSync(this.#copy, { recursive: true, force: true });
    this.#copy = `${this.#setup.copy}-${process.pid}-${this.#copies++}`;
    cpSync(this.#setup.original, this.#copy, { recursive: true });
  }

  async run(job: ReaderJob): Promise<ReaderResult> {
    await applyMutation(this.#copy, job.mutation);
    const result = await this.#readAll();
    if (result.outcome === "unharmed") this.#restore();
    else this.#copyAnew();
    return { id: job.id, ...result };
  }

  #restore(): void {
    for (const file of filesBelow(this.#copy)) {
      const bytes = this.#files.get(relative(this.#copy, file));
      if (bytes === undefined) rmSync(file);
    }
    for (const [file, bytes] of this.#files) {
      const path = join(this.#copy, file);
      if (!isSame(path, bytes)) writeFileSync(path, bytes);
    }
  }

  async #readAll(): Promise<Omit<ReaderResult, "id">> {
    let opened: Awaited<ReturnType<typeof openDataFolder>>;
    try {
      opened = await openDataFolder(this.#copy, this.#setup.rootKeyFile);
    } catch (error) {
      return { outcome: "refused", detail: `opening: ${nameOf(error)}` };
    }
    const refused: string[] = [];
    try {
      for (const [sample, expected] of this.#expected) {
        const found = await readSample(opened.store, sample, expected);
        if (found.startsWith("wrong")) return { outcome: "wrong", detail: `${sample.objectKey}: ${found}` };
        if (found !== "") refused.push(`${sample.objectKey}: ${found}`);
      }
      for (const sample of this.#setup.keys?.samples ?? []) {
        const found = await tryKeySample(opened, this.#setup.keys?.accountId ?? "", sample);
        if (found.startsWith("wrong")) return { outcome: "wrong", detail: `${sample.name}: ${found}` };
        if (found !== "") refused.push(`${sample.name}: ${found}`);
      }
    } finally {
      await opened.close();
    }
    if (refused.length === 0) return { outcome: "unharmed", detail: "" };
    return { outcome: "refused", detail: refused.join("; ") };
  }
}

function isSame(path: string, bytes: Buffer): boolean {
  try {
    return readFileSync(path).equals(bytes);
  } catch {
    return false;
  }
}

let reader: TamperReader | null = null;
process.on("message", (message: { setup: ReaderSetup } | { job: ReaderJob }) => {
  if ("setup" in message) {
    reader = new TamperReader(message.setup);
    process.send?.({ ready: true });
    return;
  }
  reader?.run(message.job).then(
    (result) => process.send?.({ result }),
    (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
      process.exit(3);
    },
  );
});
