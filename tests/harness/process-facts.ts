import { existsSync, readdirSync, readFileSync } from "node:fs";

/** Linux only: what /proc says of processes. */

/** All processes below `pid`, parents before children. */
export function descendantsOf(pid: number): number[] {
  const childrenOf = new Map<number, number[]>();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const parent = parentOf(Number(name));
    if (parent === null) continue;
    const siblings = childrenOf.get(parent) ?? [];
    siblings.push(Number(name));
    childrenOf.set(parent, siblings);
  }
  const found: number[] = [];
  const queue = [pid];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    for (const child of childrenOf.get(next) ?? []) {
      found.push(child);
      queue.push(child);
    }
  }
  return found;
}

/** Whether a process of the group still runs: one that only waits to be collected, by whoever collects orphans, does not. */
export function isGroupRunning(group: number): boolean {
  try {
    process.kill(-group, 0);
  } catch {
    return false;
  }
  if (!existsSync("/proc/self/stat")) return true;
  // State, parent and group come first after the name.
  const members = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => statFields(Number(pid)))
    .filter((fields) => fields?.[2] === String(group));
  return members.length === 0 || members.some((fields) => fields?.[0] !== "Z");
}

function statFields(pid: number): string[] | null {
  const text = readProc(pid, "stat");
  return text === null ? null : text.slice(text.lastIndexOf(")") + 2).split(" ");
}

function parentOf(pid: number): number | null {
  const fields = statFields(pid);
  return fields === null ? null : Number(fields[1]);
}

function readProc(pid: number, file: string): string | null {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return null;
  }
}

/** Memory of the processes together: `shared` counts a page that several of them map once, `resident` once for each. */
export function memoryBytes(pids: readonly number[]): { shared: number; resident: number } {
  let shared = 0;
  let resident = 0;
  for (const pid of pids) {
    const facts = readProc(pid, "smaps_rollup") ?? "";
    shared += kibibytes(facts, "Pss");
    resident += kibibytes(facts, "Rss");
  }
  return { shared, resident };
}

function kibibytes(status: string, name: string): number {
  const match = new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status);
  return match?.[1] === undefined ? 0 : Number(match[1]) * 1024;
}

const MS_PER_TICK = 10;

/** Processor time of the process and its threads so far, to 10 ms; NaN when it is gone. */
export function processorMs(pid: number): number {
  const text = readProc(pid, "stat") ?? "";
  const afterName = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return (Number(afterName[11]) + Number(afterName[12])) * MS_PER_TICK;
}

/** Bytes that the processes asked the kernel to read, cached or not. */
export function bytesRead(pids: readonly number[]): number {
  let total = 0;
  for (const pid of pids) {
    const match = /^rchar: (\d+)/m.exec(readProc(pid, "io") ?? "");
    if (match?.[1] !== undefined) total += Number(match[1]);
  }
  return total;
}

/** The command line, words separated by blanks; "" when the process is gone. */
export function commandLine(pid: number): string {
  return (readProc(pid, "cmdline") ?? "").replaceAll("\0", " ").trim();
}
