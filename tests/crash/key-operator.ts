import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { ScratchFolder } from "../harness/scratch-folder.ts";
import { serverEnvironment } from "../harness/strongroom-process.ts";
import type { Tally } from "../harness/tally.ts";

const OPERATOR = fileURLToPath(new URL("./key-operator.child.ts", import.meta.url));

export interface KeyOperatorOptions {
  readonly folder: ScratchFolder;
  readonly seed: string;
  /** With two of them it moves objects between these, and deletes keys whose window is over. */
  readonly keyArns: readonly string[];
  readonly tally: Tally;
  readonly problems: string[];
}

/** A process that works on the keys of a folder, beside its server, until it is killed; it has begun when this resolves. */
export async function startKeyOperator(options: KeyOperatorOptions): Promise<ChildProcess> {
  const { folder, seed, keyArns, tally, problems } = options;
  const parameters = [OPERATOR, folder.dataDir, folder.rootKeyFile, seed, ...keyArns];
  const child = spawn(process.execPath, parameters, {
    stdio: ["ignore", "pipe", "pipe"],
    env: serverEnvironment({}),
  });
  let errors = "";
  child.stderr.on("data", (piece: Buffer) => {
    errors += piece.toString();
  });
  child.once("exit", (code) => {
    if (code !== null)
      problems.push(`${seed}: the operator ended by itself with ${code}: ${errors.slice(0, 800)}`);
  });
  const lines = createInterface({ input: child.stdout });
  const begun = new Promise<void>((resolve) => {
    lines.on("line", (line) => {
      if (line === "begun") resolve();
      else if (line.startsWith("failed")) problems.push(`${seed}: the operator: ${line}`);
      else tally.add(line.startsWith("refused") ? "refusals" : line);
    });
  });
  await Promise.race([begun, once(child, "exit")]);
  return child;
}

export async function kill9(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}
