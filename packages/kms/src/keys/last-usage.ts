import { encodeSequence } from "@strongroom/base";
import { integer, required, structure, text } from "@strongroom/wire";
import { decode, encode } from "./key-record.ts";
import type { KmsRecords } from "./kms-records.ts";
import { MS_PER_DAY } from "./periods.ts";

const USAGE = structure({
  format: required(integer({ min: 1, max: 1 })),
  operation: required(text()),
  usedMs: required(integer()),
});

/** When a key last did something, by any process: as exact as a minute. */
export interface LastUsage {
  readonly operation: string;
  readonly usedMs: number;
}

const WRITE_INTERVAL_MS = 60_000;
const MAX_NOTED = 10_000;

const recordKey = (region: string, keyId: string): Buffer => encodeSequence(["kms", "usage", region, keyId]);

/** Notes successful cryptographic operations; each process writes one note a key and minute at most, behind the answer. */
export class LastUsages {
  readonly #records: KmsRecords;
  readonly #writtenMs = new Map<string, number>();

  constructor(records: KmsRecords) {
    this.#records = records;
  }

  /** Never waits and never fails: a note that is lost costs a minute of exactness. */
  note(region: string, keyId: string, operation: string, nowMs: number): void {
    const name = `${region}/${keyId}`;
    const writtenMs = this.#writtenMs.get(name);
    if (writtenMs !== undefined && nowMs - writtenMs < WRITE_INTERVAL_MS) return;
    if (this.#writtenMs.size >= MAX_NOTED) this.#writtenMs.clear();
    this.#writtenMs.set(name, nowMs);
    const value = encode({ operation, usedMs: nowMs });
    this.#records.store.change([{ key: recordKey(region, keyId), value }], []).catch(() => {
      this.#writtenMs.delete(name);
    });
  }

  async find(region: string, keyId: string): Promise<LastUsage | null> {
    const bytes = await this.#records.store.get(recordKey(region, keyId));
    return bytes === null ? null : decode(USAGE, bytes);
  }

  /** Whole days since the key was last used, or made: `kms:TrailingDaysWithoutKeyUsage`. */
  async idleDays(region: string, keyId: string, createdMs: number, nowMs: number): Promise<number> {
    const usage = await this.find(region, keyId);
    return Math.max(0, Math.floor((nowMs - (usage?.usedMs ?? createdMs)) / MS_PER_DAY));
  }

  removalOf(region: string, keyId: string) {
    return { key: recordKey(region, keyId), value: null };
  }
}
