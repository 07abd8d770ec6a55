import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { ProgramCommand } from "../../harness/program-cache.ts";

/** One line to a peer; see README.md. */
export interface PeerRequest {
  readonly op: "put" | "get";
  readonly bucket: string;
  readonly key: string;
  readonly suite: string;
  readonly keyring: Readonly<Record<string, string>>;
  readonly storage: "metadata" | "instruction";
  readonly context: Readonly<Record<string, string>>;
  readonly file?: string;
  readonly multipart?: boolean;
  readonly repeat?: number;
  readonly digest?: boolean;
}

export type PeerAnswer =
  | {
      readonly ok: true;
      readonly elapsedMs: number;
      readonly sizeBytes: number | null;
      readonly sha256: string | null;
    }
  | { readonly ok: false; readonly error: string };

/** What carries out requests: an official client in a process of its own, or ours in this one. */
export interface Participant {
  ask(request: PeerRequest): Promise<PeerAnswer>;
  close(): Promise<void>;
}

const ANSWER_TIMEOUT_MS = 60_000;

/** A started peer. It ends with its input, and is killed when this process ends. */
export class PeerProcess implements Participant {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, (answer: PeerAnswer) => void>();
  readonly #exited: Promise<void>;
  #lastId = 0;
  #complaints = "";

  constructor(command: ProgramCommand, environment: Readonly<Record<string, string>>) {
    this.#child = spawn(command.file, command.parameters, {
      env: {
        PATH: process.env["PATH"],
        HOME: process.env["HOME"],
        JAVA_HOME: process.env["JAVA_HOME"],
        LC_ALL: "C.UTF-8",
        AWS_EC2_METADATA_DISABLED: "true",
        ...environment,
      },
      stdio: ["pipe", "pipe", "pipe"],
    });
    process.on("exit", () => this.#child.kill("SIGKILL"));
    this.#child.stdin?.on("error", () => {
      // The exit answers whoever waits.
    });
    this.#child.stderr?.on("data", (chunk: Buffer) => {
      this.#complaints = (this.#complaints + chunk.toString("utf8")).slice(-4_000);
    });
    if (this.#child.stdout !== null)
      createInterface({ input: this.#child.stdout }).on("line", (line) => this.#receive(line));
    this.#exited = new Promise((resolve) => {
      const end = (): void => {
        for (const resolveAnswer of this.#waiting.values())
          resolveAnswer({ ok: false, error: `the peer ended: ${this.#complaints}` });
        this.#waiting.clear();
        resolve();
      };
      this.#child.once("error", end);
      this.#child.once("close", end);
    });
  }

  /** NaN when it could not be started. */
  get pid(): number {
    return this.#child.pid ?? Number.NaN;
  }

  ask(request: PeerRequest): Promise<PeerAnswer> {
    const id = ++this.#lastId;
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(id);
        resolve({ ok: false, error: `no answer within ${ANSWER_TIMEOUT_MS} ms` });
        // What comes after it would wait as long.
        this.#child.kill("SIGKILL");
      }, ANSWER_TIMEOUT_MS);
      this.#waiting.set(id, (answer) => {
        clearTimeout(timer);
        resolve(answer);
      });
      this.#child.stdin?.write(`${JSON.stringify({ id, ...request })}\n`);
    });
  }

  async close(): Promise<void> {
    this.#child.stdin?.end();
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), 5_000);
    await this.#exited;
    clearTimeout(timer);
  }

  #receive(line: string): void {
    const answer: unknown = JSON.parse(line);
    if (typeof answer !== "object" || answer === null || !("id" in answer)) return;
    const resolve = this.#waiting.get(Number(answer.id));
    this.#waiting.delete(Number(answer.id));
    resolve?.(parseAnswer(answer));
  }
}

function parseAnswer(answer: object): PeerAnswer {
  if (!("ok" in answer) || answer.ok !== true)
    return { ok: false, error: "error" in answer ? String(answer.error) : JSON.stringify(answer) };
  return {
    ok: true,
    elapsedMs: "elapsedMs" in answer ? Number(answer.elapsedMs) : Number.NaN,
    sizeBytes: "sizeBytes" in answer ? Number(answer.sizeBytes) : null,
    sha256: "sha256" in answer ? String(answer.sha256) : null,
  };
}
