import { type ChildProcess, execFile, spawn } from "node:child_process";
import { createWriteStream, type WriteStream } from "node:fs";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { descendantsOf, isGroupRunning } from "./process-facts.ts";

const COMMAND_FILE =
  process.env["STRONGROOM_COMMAND"] ??
  fileURLToPath(new URL("../../apps/cli/bin/strongroom.mjs", import.meta.url));

/** The command and arguments that run `strongroom ARGUMENT…` under this very Node.js. */
export function strongroomCommand(parameters: readonly string[]): { file: string; parameters: string[] } {
  return { file: process.execPath, parameters: [COMMAND_FILE, ...parameters] };
}

/** Groups of servers that run: none outlives the tests, whatever becomes of them. */
const runningGroups = new Set<number>();
process.on("exit", () => {
  for (const group of runningGroups) signalGroup(group, "SIGKILL");
});

function signalGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal);
  } catch {
    // The group ended on its own.
  }
}

export interface ServeOptions {
  readonly dataDir: string;
  readonly rootKeyFile: string;
  readonly workers?: number;
  /** A free one is chosen when absent. */
  readonly port?: number;
  readonly environment?: Readonly<Record<string, string>>;
  readonly moreArguments?: readonly string[];
  /** Everything the server prints is appended here as well. */
  readonly logFile?: string;
  readonly readyTimeoutMs?: number;
}

export interface ServerExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A started server and the process group it lives in. */
export class StrongroomProcess {
  readonly options: ServeOptions;
  readonly port: number;
  readonly readyAfterMs: number;
  readonly exited: Promise<ServerExit>;
  readonly #child: ChildProcess;
  readonly #output: { text: string };

  constructor(fields: {
    options: ServeOptions;
    port: number;
    readyAfterMs: number;
    child: ChildProcess;
    exited: Promise<ServerExit>;
    output: { text: string };
  }) {
    this.options = fields.options;
    this.port = fields.port;
    this.readyAfterMs = fields.readyAfterMs;
    this.exited = fields.exited;
    this.#child = fields.child;
    this.#output = fields.output;
  }

  get endpoint(): string {
    return `https://127.0.0.1:${this.port}`;
  }

  /** All that was printed so far, both streams. */
  get output(): string {
    return this.#output.text;
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  /** The server and everything it started, parents first. */
  pids(): number[] {
    return [this.pid, ...descendantsOf(this.pid)];
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** SIGTERM, then the exit; after `timeoutMs` the group is killed and the exit says so. */
  async stop(timeoutMs = 15_000): Promise<ServerExit> {
    if (this.isRunning) process.kill(this.pid, "SIGTERM");
    const timer = setTimeout(() => this.#signalGroup("SIGKILL"), timeoutMs);
    const exit = await this.exited;
    clearTimeout(timer);
    await this.#groupIsGone();
    return exit;
  }

  /** `kill -9` of the whole group, as a power cut would end it. */
  async kill(): Promise<void> {
    this.#signalGroup("SIGKILL");
    await this.exited;
    await this.#groupIsGone();
  }

  #signalGroup(signal: NodeJS.Signals): void {
    signalGroup(this.pid, signal);
  }

  async #groupIsGone(): Promise<void> {
    for (let attempt = 0; attempt < 400; attempt++) {
      if (!isGroupRunning(this.pid)) return;
      if (attempt === 200) this.#signalGroup("SIGKILL");
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    throw new Error(`processes of the server's group ${this.pid} are still there`);
  }
}

/** Starts a server and resolves at its `ready` line; rejects with what it printed when it ends before that. */
export async function startStrongroom(options: ServeOptions): Promise<StrongroomProcess> {
  const port = options.port ?? (await freePort());
  const { file, parameters } = strongroomCommand([
    "serve",
    ...["--data-dir", options.dataDir],
    ...["--root-key-file", options.rootKeyFile],
    ...["--listen", `127.0.0.1:${port}`],
    ...["--workers", String(options.workers ?? 1)],
    ...(options.moreArguments ?? []),
  ]);
  const startedMs = performance.now();
  const child = spawn(file, parameters, {
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: serverEnvironment(options.environment),
  });
  const group = child.pid;
  if (group !== undefined) runningGroups.add(group);
  const output = { text: "" };
  const log = options.logFile === undefined ? null : createWriteStream(options.logFile, { flags: "a" });
  const exited = new Promise<ServerExit>((resolve) =>
    child.once("close", (code, signal) => {
      log?.end();
      if (group !== undefined) runningGroups.delete(group);
      resolve({ code, signal });
    }),
  );
  try {
    await readyLine(child, output, log, exited, options.readyTimeoutMs ?? 20_000);
  } catch (error) {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
      process.kill(-child.pid, "SIGKILL");
      await exited;
    }
    throw error;
  }
  return new StrongroomProcess({
    options,
    port,
    readyAfterMs: performance.now() - startedMs,
    child,
    exited,
    output,
  });
}

/** The server did not become ready: how it ended and what it printed. */
export class StartFailedError extends Error {
  override readonly name = "StartFailedError";
  readonly exit: ServerExit | null;
  readonly output: string;

  constructor(exit: ServerExit | null, output: string) {
    super(`the server did not become ready (${exit === null ? "timeout" : JSON.stringify(exit)}): ${output}`);
    this.exit = exit;
    this.output = output;
  }
}

function readyLine(
  child: ChildProcess,
  output: { text: string },
  log: WriteStream | null,
  exited: Promise<ServerExit>,
  timeoutMs: number,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new StartFailedError(null, output.text)), timeoutMs);
    const keep = (chunk: Buffer): void => {
      // A long run at the most verbose level must not grow this process: the log file has it all.
      if (output.text.length < 1_000_000) output.text += chunk.toString("utf8");
      log?.write(chunk);
      if (/^ready https:\/\//m.test(output.text)) {
        clearTimeout(timer);
        resolve();
      }
    };
    child.stdout?.on("data", keep);
    child.stderr?.on("data", keep);
    child.once("error", reject);
    void exited.then((exit) => {
      clearTimeout(timer);
      reject(new StartFailedError(exit, output.text));
    });
  });
}

/** The environment of a child without anything a developer's shell may carry for AWS or for this program. */
export function serverEnvironment(
  more: Readonly<Record<string, string>> | undefined,
): Record<string, string | undefined> {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(AWS_|STRONGROOM_|NODE_TEST_CONTEXT|NODE_OPTIONS)/.test(name),
  );
  return { ...Object.fromEntries(kept), ...more };
}

/** Runs one `strongroom` command to its end; a failed one rejects with its standard error. */
export async function runStrongroom(
  parameters: readonly string[],
  environment?: Readonly<Record<string, string>>,
  timeoutMs = 30_000,
): Promise<string> {
  const command = strongroomCommand(parameters);
  const { stdout } = await promisify(execFile)(command.file, command.parameters, {
    env: serverEnvironment(environment),
    timeout: timeoutMs,
  });
  return stdout;
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => {
        if (address === null || typeof address === "string") reject(new Error("no port was given"));
        else resolve(address.port);
      });
    });
  });
}
