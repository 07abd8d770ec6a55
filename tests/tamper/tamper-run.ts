import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Mutation } from "./mutation.ts";
import type { ReaderJob, ReaderResult, ReaderSetup } from "./tamper-reader.ts";

const READER = fileURLToPath(new URL("./tamper-reader.ts", import.meta.url));

export interface TamperReport {
  /** Read as if nothing had been: the byte was not in use. */
  unharmed: number;
  refused: number;
  /** The reader died of it (a memory fault in LMDB): nothing left, but a server would have to start anew. */
  died: number;
  /** By what was said. */
  readonly refusals: Map<string, number>;
  readonly wrong: string[];
  readonly deaths: string[];
}

export const emptyReport = (): TamperReport => ({
  unharmed: 0,
  refused: 0,
  died: 0,
  refusals: new Map(),
  wrong: [],
  deaths: [],
});

/** Tries every mutation on a copy of the folder in processes beside this one, and counts what came of it. */
export async function tryMutations(
  setup: Omit<ReaderSetup, "copy"> & { readonly scratch: string },
  mutations: Iterable<Mutation>,
  report: TamperReport,
  lanes = 2,
  onHarm: (mutation: Mutation) => void = () => {},
): Promise<void> {
  const queue = mutations[Symbol.iterator]();
  let serial = 0;
  const lane = async (number: number): Promise<void> => {
    const reader = new ReaderProcess({ ...setup, copy: join(setup.scratch, `copy-${number}`) });
    try {
      for (let next = queue.next(); next.done !== true; next = queue.next())
        if (note(report, next.value, await reader.run({ id: serial++, mutation: next.value })))
          onHarm(next.value);
    } finally {
      reader.close();
    }
  };
  await Promise.all(Array.from({ length: lanes }, (_, number) => lane(number)));
}

/** 1: each byte of each stretch that a reader touches; more: one of so many, where time is short. */
export const STEP_BYTES = Number(process.env["STRONGROOM_TAMPER_STEP"] ?? "1");

/**
 * Flips each byte of `file` in turn. Most of LMDB's file is room nobody reads: where a whole stretch can be turned
 * over at once and everything still reads, each byte of it counts as tried.
 */
export async function flipEveryByte(
  setup: Parameters<typeof tryMutations>[0],
  file: string,
  sizeBytes: number,
  report: TamperReport,
): Promise<void> {
  let used: Stretch[] = [{ offset: 0, length: sizeBytes }];
  for (const length of [1024, 64]) used = await usedStretches(setup, file, splitInto(used, length), report);
  const offsets = splitInto(used, 1).map(({ offset }) => offset);
  report.unharmed += sizeBytes - offsets.length;
  const flips = offsets
    .filter((offset) => offset % STEP_BYTES === 0)
    .map((offset): Mutation => {
      return { kind: "flip", file, offset, mask: 1 << (Math.floor(offset / STEP_BYTES) % 8) };
    });
  await tryMutations(setup, flips, report);
}

interface Stretch {
  readonly offset: number;
  readonly length: number;
}

const splitInto = (stretches: readonly Stretch[], length: number): Stretch[] =>
  stretches.flatMap((whole) =>
    Array.from({ length: Math.ceil(whole.length / length) }, (_, at) => {
      const offset = whole.offset + at * length;
      return { offset, length: Math.min(length, whole.offset + whole.length - offset) };
    }),
  );

/** Those of which a reader notices when they are turned over. */
async function usedStretches(
  setup: Parameters<typeof tryMutations>[0],
  file: string,
  stretches: readonly Stretch[],
  report: TamperReport,
): Promise<Stretch[]> {
  const mutations = new Map<Mutation, Stretch>(
    stretches.map((stretch) => [{ kind: "flip", file, mask: 0x55, ...stretch }, stretch]),
  );
  const used: Stretch[] = [];
  const found = emptyReport();
  await tryMutations(setup, mutations.keys(), found, 2, (mutation) => {
    const stretch = mutations.get(mutation);
    if (stretch !== undefined) used.push(stretch);
  });
  report.wrong.push(...found.wrong);
  return used.sort((a, b) => a.offset - b.offset);
}

/** Counts one result; true when the mutation changed anything for a reader. */
function note(report: TamperReport, mutation: Mutation, result: ReaderResult | string): boolean {
  const what = JSON.stringify(mutation).slice(0, 200);
  if (typeof result === "string") {
    report.died++;
    report.deaths.push(`${what}: ${result}`);
  } else if (result.outcome === "wrong") report.wrong.push(`${what}: ${result.detail}`);
  else if (result.outcome === "unharmed") report.unharmed++;
  else {
    report.refused++;
    const [first = ""] = result.detail.split("; ");
    const said = first.split(": ").at(-1) ?? "";
    report.refusals.set(said, (report.refusals.get(said) ?? 0) + 1);
  }
  return typeof result === "string" || result.outcome !== "unharmed";
}

/** Each opening reserves a tebibyte of addresses, which a process has 128 of. */
const JOBS_A_PROCESS = 40;

class ReaderProcess {
  readonly #setup: ReaderSetup;
  #child: ChildProcess | null = null;
  #jobs = 0;

  constructor(setup: ReaderSetup) {
    this.#setup = setup;
  }

  /** The result, or how the process died. */
  async run(job: ReaderJob): Promise<ReaderResult | string> {
    if (++this.#jobs % JOBS_A_PROCESS === 0) this.close();
    const child = this.#child ?? (await this.#start());
    return new Promise((resolve) => {
      const timer = setTimeout(() => child.kill("SIGKILL"), 20_000);
      const finish = (result: ReaderResult | string): void => {
        clearTimeout(timer);
        child.off("exit", onExit);
        child.off("message", onMessage);
        resolve(result);
      };
      const onExit = (code: number | null, signal: string | null): void => {
        this.#child = null;
        finish(`the reader ended with ${signal ?? code}`);
      };
      const onMessage = (message: unknown): void => {
        if (isResult(message)) finish(message.result);
      };
      child.once("exit", onExit);
      child.on("message", onMessage);
      child.send({ job });
    });
  }

  #start(): Promise<ChildProcess> {
    const child = fork(READER, { stdio: ["ignore", "inherit", "ignore", "ipc"] });
    this.#child = child;
    return new Promise((resolve, reject) => {
      child.once("exit", () => reject(new Error("the reader did not start")));
      child.once("message", () => {
        child.removeAllListeners("exit");
        resolve(child);
      });
      child.send({ setup: this.#setup });
    });
  }

  close(): void {
    this.#child?.removeAllListeners("exit");
    this.#child?.kill("SIGKILL");
    this.#child = null;
  }
}

function isResult(message: unknown): message is { result: ReaderResult } {
  return typeof message === "object" && message !== null && "result" in message;
}
