import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bytesOf } from "../harness/test-bytes.ts";
import type { LayoutFolder, LayoutSample } from "./layout-samples.ts";
import { applyMutation, type Mutation } from "./mutation.ts";
import type { OpenedFolder } from "./opened-folder.ts";
import { readSample } from "./read-sample.ts";
import type { TamperReport } from "./tamper-run.ts";

type BlobMutation = Exclude<Mutation, { kind: "records" }>;

/**
 * Changes blobs of a folder that stays open, which takes a thousandth of a second each, and reads the objects whose
 * bytes lie in them: the index is not touched, so nothing else can be affected.
 */
export class BlobTamperer {
  readonly #dataDir: string;
  readonly #opened: OpenedFolder;
  readonly #report: TamperReport;
  readonly #owners = new Map<string, { sample: LayoutSample; expected: Buffer; stored: Buffer }>();

  constructor({ server, samples }: LayoutFolder, opened: OpenedFolder, report: TamperReport) {
    this.#dataDir = server.folder.dataDir;
    this.#opened = opened;
    this.#report = report;
    for (const sample of samples) {
      if (sample.file === null) continue;
      const expected = bytesOf(sample.seed, sample.sizeBytes);
      this.#owners.set(sample.file, { sample, expected, stored: readFileSync(this.#pathOf(sample.file)) });
    }
  }

  async tryAll(mutations: Iterable<Mutation>): Promise<void> {
    for (const mutation of mutations) {
      if (mutation.kind === "records") throw new Error("a blob has no records");
      await this.#try(mutation);
    }
  }

  async #try(mutation: BlobMutation): Promise<void> {
    const touched = mutation.kind === "exchange" ? [mutation.file, mutation.other] : [mutation.file];
    try {
      await applyMutation(this.#dataDir, mutation);
      for (const file of touched) await this.#read(file, mutation);
    } finally {
      for (const file of touched) writeFileSync(this.#pathOf(file), this.#ownerOf(file).stored);
    }
  }

  async #read(file: string, mutation: BlobMutation): Promise<void> {
    const { sample, expected } = this.#ownerOf(file);
    const found = await readSample(this.#opened.store, sample, expected);
    const what = `${sample.scheme}, ${sample.layout}, ${found}: ${JSON.stringify(mutation)}`;
    if (found === "") this.#report.unharmed++;
    else if (!found.startsWith("wrong")) {
      this.#report.refused++;
      this.#report.refusals.set(found, (this.#report.refusals.get(found) ?? 0) + 1);
      return;
    }
    this.#report.wrong.push(what);
  }

  #ownerOf(file: string) {
    const owner = this.#owners.get(file);
    if (owner === undefined) throw new Error(`${file} is no sample's`);
    return owner;
  }

  #pathOf(file: string): string {
    return join(this.#dataDir, file);
  }
}
