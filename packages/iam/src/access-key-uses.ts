import type { Clock } from "@strongroom/base";
import { accessKeyUseKey } from "./identities/entity-keys.ts";
import { encodeRecord, RecordFields } from "./identities/record-fields.ts";
import type { RecordStore } from "./record-store.ts";

/** When and for what an access key was last used. */
export interface AccessKeyUse {
  readonly usedMs: number;
  /** `s3`. */
  readonly service: string;
  readonly region: string;
}

/** A use is written at most this often per key and process; AWS's answer lags as well. */
const INTERVAL_MS = 5 * 60 * 1000;
const CAPACITY = 10_000;

/** Remembers roughly when access keys were used, at hardly any cost per request. */
export class AccessKeyUses {
  readonly #records: RecordStore;
  readonly #clock: Clock;
  readonly #region: string;
  readonly #written = new Map<string, number>();

  constructor(options: { readonly records: RecordStore; readonly clock: Clock; readonly region: string }) {
    this.#records = options.records;
    this.#clock = options.clock;
    this.#region = options.region;
  }

  /** Call it once a signature was verified. Never throws and never waits: a use that is not written is lost. */
  note(accessKeyId: string, service: string): void {
    const usedMs = this.#clock.nowMs();
    const writtenMs = this.#written.get(accessKeyId);
    if (writtenMs !== undefined && Math.abs(usedMs - writtenMs) < INTERVAL_MS) return;
    if (this.#written.size >= CAPACITY) this.#written.clear();
    this.#written.set(accessKeyId, usedMs);
    const use: AccessKeyUse = { usedMs, service, region: this.#region };
    const change = { key: accessKeyUseKey(accessKeyId), value: encodeRecord(use) };
    this.#records.commit([change], []).catch(() => this.#written.delete(accessKeyId));
  }

  /** null when no use of it was written. */
  async find(accessKeyId: string): Promise<AccessKeyUse | null> {
    const bytes = await this.#records.get(accessKeyUseKey(accessKeyId));
    if (bytes === null) return null;
    const fields = RecordFields.parse(bytes);
    return {
      usedMs: fields.integer("usedMs"),
      service: fields.text("service"),
      region: fields.text("region"),
    };
  }
}
