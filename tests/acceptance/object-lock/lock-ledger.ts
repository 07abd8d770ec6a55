import assert from "node:assert/strict";
import { randomOf } from "../../harness/test-bytes.ts";
import type { WireClient, WireResponse } from "../../harness/wire-client.ts";
import { BYPASS, hold, putVersion, read, remove, retain, type Version, verdict } from "./lock-requests.ts";

const YEAR_MS = 365 * 86_400_000;

/** What is known of one version: `lock` was acknowledged, `deleted` too; while `unanswered`, the last change may stand or not. */
interface Entry {
  readonly version: Version;
  lock: "none" | "held" | "compliance";
  deleted: boolean;
  unanswered: "hold" | "lift" | "compliance" | "delete" | null;
}

export interface LockLedger {
  readonly versions: Map<string, Entry>;
  readonly problems: string[];
  acknowledged: number;
}

export const newLedger = (): LockLedger => ({ versions: new Map(), problems: [], acknowledged: 0 });

/** Writes versions, locks, lifts and deletes them, until the server is gone. No two lanes share a version. */
export class LockLane {
  readonly #client: WireClient;
  readonly #ledger: LockLedger;
  readonly #name: string;
  readonly #random: () => number;
  readonly #own: Entry[] = [];

  constructor(client: WireClient, ledger: LockLedger, name: string) {
    this.#client = client;
    this.#ledger = ledger;
    this.#name = name;
    this.#random = randomOf(`locks/${name}`);
  }

  async run(): Promise<void> {
    try {
      for (;;) await this.#step();
    } catch (error) {
      // Killed in the middle of a request. What an assertion says is another matter.
      if (error instanceof assert.AssertionError) this.#ledger.problems.push(error.message);
    }
  }

  async #step(): Promise<void> {
    const entry = this.#own[Math.floor(this.#random() * this.#own.length)];
    const dice = this.#random();
    if (entry === undefined || dice < 0.35) return this.#write();
    if (entry.deleted) return;
    if (dice < 0.5) {
      await this.#change(entry, "hold", () => hold(this.#client, entry.version, "ON"), "200");
      if (entry.lock === "none") entry.lock = "held";
    } else if (dice < 0.6 && entry.lock !== "compliance") {
      await this.#change(entry, "lift", () => hold(this.#client, entry.version, "OFF"), "200");
      entry.lock = "none";
    } else if (dice < 0.7) {
      const untilMs = Date.now() + YEAR_MS;
      await this.#change(
        entry,
        "compliance",
        () => retain(this.#client, entry.version, "COMPLIANCE", untilMs),
        "200",
      );
      entry.lock = "compliance";
    } else {
      const expected = entry.lock === "none" ? "204" : "403 AccessDenied";
      await this.#change(entry, "delete", () => remove(this.#client, entry.version, BYPASS), expected);
      if (entry.lock === "none") entry.deleted = true;
    }
  }

  async #write(): Promise<void> {
    const version = await putVersion(this.#client, "crash", `${this.#name}-${this.#own.length % 5}`);
    const entry: Entry = { version, lock: "none", deleted: false, unanswered: null };
    this.#own.push(entry);
    this.#ledger.versions.set(version.versionId, entry);
    this.#ledger.acknowledged += 1;
  }

  async #change(
    entry: Entry,
    what: NonNullable<Entry["unanswered"]>,
    ask: () => Promise<WireResponse>,
    expected: string,
  ): Promise<void> {
    entry.unanswered = what;
    assert.equal(verdict(await ask()), expected, `${what} of a version that is ${entry.lock}`);
    entry.unanswered = null;
    this.#ledger.acknowledged += 1;
  }
}

/** Asks the server about every version: what was locked is there and stays, what was deleted is gone. */
export async function verifyLedger(client: WireClient, ledger: LockLedger): Promise<void> {
  for (const [id, entry] of ledger.versions) {
    const { version, lock, deleted, unanswered } = entry;
    const { status } = await read(client, version);
    if (deleted || (unanswered === "delete" && lock === "none" && status === 404)) {
      assert.equal(status, 404, `${id} was deleted`);
      ledger.versions.delete(id);
      continue;
    }
    assert.equal(status, 200, `${id} is ${lock} and was lost`);
    if (lock === "compliance" || (lock === "held" && unanswered !== "lift")) {
      assert.equal(verdict(await remove(client, version, BYPASS)), "403 AccessDenied", `${id} is ${lock}`);
    } else ledger.versions.delete(id);
  }
}
