import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:net";

/** A server process in a process group of its own, so that its workers end with it. */
export interface ChildServer {
  readonly process: ChildProcess;
  /** The last lines it wrote, for a message when it fails. */
  tail(): string;
  stop(): Promise<void>;
}

const TAIL_CHARACTERS = 4_000;
const GRACE_MS = 10_000;
const running = new Set<number>();

process.on("exit", () => {
  for (const group of running) signalGroup(group, "SIGKILL");
});
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(130));

function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-group, signal);
    return true;
  } catch {
    return false; // The group has ended already.
  }
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Starts `command`; it is killed when this process ends, however that happens short of SIGKILL. */
export function startChild(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): ChildServer {
  const child = spawn(command, args, { env, stdio: ["ignore", "pipe", "pipe"], detached: true });
  const group = child.pid;
  if (group === undefined) throw new Error(`cannot start ${command}`);
  running.add(group);
  let text = "";
  const keep = (chunk: Buffer): void => {
    text = (text + chunk.toString()).slice(-TAIL_CHARACTERS);
  };
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  return {
    process: child,
    tail: () => text,
    async stop() {
      signalGroup(group, "SIGTERM");
      const deadline = Date.now() + GRACE_MS;
      while (Date.now() < deadline && signalGroup(group, 0)) await sleep(50);
      signalGroup(group, "SIGKILL");
      running.delete(group);
    },
  };
}

/** Waits until `isReady` holds; throws with the child's last lines when it ends or the time is over. */
export async function waitUntil(
  server: ChildServer,
  isReady: () => Promise<boolean> | boolean,
  timeoutMs: number,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await isReady())) {
    if (server.process.exitCode !== null) throw new Error(`the server ended:\n${server.tail()}`);
    if (Date.now() > deadline)
      throw new Error(`the server is not ready after ${timeoutMs} ms:\n${server.tail()}`);
    await sleep(100);
  }
}

/** A loopback port that nobody listens on at this moment. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => (address !== null && typeof address === "object" ? resolve(address.port) : reject()));
    });
  });
}

/** Resident memory of all processes of one group in MiB; null off Linux. */
export function groupResidentMiB(group: number | undefined): number | null {
  const pages = sumOfGroup(group, (fields) => Number(fields[21]));
  return pages === null ? null : Math.round((pages * 4096) / 2 ** 20);
}

/** Processor time, user's and system's, of all living processes of one group in seconds; null off Linux. */
export function groupCpuSeconds(group: number | undefined): number | null {
  const TICKS_PER_SECOND = 100;
  const ticks = sumOfGroup(group, (fields) => Number(fields[11]) + Number(fields[12]));
  return ticks === null ? null : ticks / TICKS_PER_SECOND;
}

/** Over `/proc/PID/stat`: its fields from the third on. */
function sumOfGroup(group: number | undefined, read: (fields: readonly string[]) => number): number | null {
  if (group === undefined || process.platform !== "linux") return null;
  let sum = 0;
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const fields = readFileSync(`/proc/${pid}/stat`, "latin1")
        .replace(/^.*\) /s, "")
        .split(" ");
      if (Number(fields[2]) === group) sum += read(fields);
    } catch {
      // The process ended while the table was read.
    }
  }
  return sum;
}
