import { randomUUID } from "node:crypto";
import { identifyProcess, isAlive } from "../folder/process-identity.ts";

export interface LeasedRun {
  readonly owner: string;
  readonly leaseUntilMs: number;
}

/** A run whose worker went silent is taken up by another after this; one whose process is gone, at once. */
export const LEASE_MS = 30_000;

const OWNER = /^(\d+):(\d*) /;

/** A name for one worker on runs, which tells its process. */
export function newOwner(): string {
  const { pid, started } = identifyProcess(process.pid);
  return `${pid}:${started} ${randomUUID()}`;
}

/**
 * Whether somebody other than `me` has the run. A mistake, as between containers that number processes apart, costs
 * nothing but work done twice: each step is kept only if the record is still as it was read.
 */
export function isHeldByOther({ owner, leaseUntilMs }: LeasedRun, me: string, nowMs: number): boolean {
  if (owner === me || leaseUntilMs <= nowMs) return false;
  const [, pid, started] = OWNER.exec(owner) ?? [];
  return pid === undefined || isAlive({ pid: Number(pid), started: started ?? "" });
}
