import { createHash, randomUUID } from "node:crypto";
import type { Clock, RecordStore } from "@strongroom/base";
import {
  INVENTORY_DOCUMENT,
  type InventoryConfiguration,
  inventoryRow,
  parseStoredInventories,
} from "@strongroom/s3";
import type { Bucket, ObjectStore, ObjectVersion } from "@strongroom/store";
import {
  type FoundInventoryRun,
  findInventoryRun,
  type InventoryRun,
  storeInventoryRun,
} from "../storage/inventory-record.ts";
import { deliverInventory, folderOf } from "./inventory-delivery.ts";
import { isHeldByOther, LEASE_MS, newOwner } from "./run-lease.ts";

export interface InventoryJobOptions {
  readonly store: ObjectStore;
  readonly records: RecordStore;
  readonly clock: Clock;
  /** How long a day is, in milliseconds; 86,400,000 but in tests. */
  readonly dayMs: number;
  /** Told of every inventory that was delivered, by its number of rows: names are nobody's business. */
  readonly delivered: (rows: number) => void;
  /** One that cannot be made stops no others; it is tried again at the next look. */
  readonly failed: (error: unknown) => void;
}

const BUCKETS_A_PAGE = 100;
const VERSIONS_A_PAGE = 500;
const DAYS_A_WEEK = 7;

/** Somebody else has the run, or the server stops: the inventory is begun again, under the same name. */
class RunLostError extends Error {}

/**
 * Makes the inventories of all buckets: each once a day or week, and at once when it is new or changed. Rows are read page by page
 * from the index and sealed as they come; exactly one worker holds the lease of an inventory.
 */
export class InventoryJob {
  readonly #options: InventoryJobOptions;
  readonly #owner = newOwner();

  constructor(options: InventoryJobOptions) {
    this.#options = options;
  }

  /** Makes what is due now, until `isStopped`. */
  async work(isStopped: () => boolean): Promise<void> {
    const { store, failed } = this.#options;
    let after: string | null = "";
    while (after !== null && !isStopped()) {
      const page = await store.listBuckets({ ownerId: null, prefix: "", after, limit: BUCKETS_A_PAGE });
      for (const bucket of page.buckets) {
        if (isStopped()) return;
        try {
          const inventories = parseStoredInventories(bucket.configuration[INVENTORY_DOCUMENT]);
          await this.#makeAll(bucket, inventories, isStopped);
        } catch (error) {
          failed(error);
        }
      }
      after = page.nextAfter;
    }
  }

  async #makeAll(
    bucket: Bucket,
    inventories: readonly InventoryConfiguration[],
    isStopped: () => boolean,
  ): Promise<void> {
    for (const inventory of inventories) {
      if (isStopped()) return;
      if (!inventory.isEnabled) continue;
      try {
        await this.#make(bucket, inventory, isStopped);
      } catch (error) {
        if (!(error instanceof RunLostError)) this.#options.failed(error);
      }
    }
  }

  async #make(bucket: Bucket, inventory: InventoryConfiguration, isStopped: () => boolean): Promise<void> {
    const { store, clock, delivered } = this.#options;
    let mine = await this.#take(bucket, inventory);
    if (mine === null) return;
    let rows = 0;
    const renew = async (): Promise<void> => {
      const kept = mine === null || isStopped() ? null : await this.#store(mine.run, mine.revision);
      if (kept === null) throw new RunLostError();
      mine = kept;
    };
    const lines = async function* (): AsyncGenerator<string> {
      for await (const versions of pagesOf(store, bucket.name, inventory)) {
        await renew();
        rows += versions.length;
        yield versions.map((version) => inventoryRow(inventory, bucket.name, version)).join("");
      }
    };
    const { run } = mine;
    const folder = folderOf(bucket.name, inventory, run.startedMs);
    await deliverInventory(
      { store, bucket, inventory, folder, dataId: run.dataId, nowMs: run.startedMs },
      lines(),
    );
    const finished = { ...mine.run, finishedMs: clock.nowMs(), leaseUntilMs: 0 };
    await storeInventoryRun(this.#options.records, finished, mine.revision);
    delivered(rows);
  }

  /** null: it was made for this period, or somebody else makes it. */
  async #take(bucket: Bucket, inventory: InventoryConfiguration): Promise<FoundInventoryRun | null> {
    const { records, clock } = this.#options;
    const nowMs = clock.nowMs();
    const found = await findInventoryRun(records, bucket.name, inventory.id);
    const configuration = createHash("sha256")
      .update(`${bucket.createdMs} ${JSON.stringify(inventory)}`)
      .digest("hex");
    const period = this.#periodOf(inventory, nowMs);
    if (found !== null) {
      const { run } = found;
      if (run.finishedMs === null && isHeldByOther(run, this.#owner, nowMs)) return null;
      const isSame = run.configuration === configuration && run.period === period;
      if (isSame && run.finishedMs !== null) return null;
      if (isSame) return this.#store({ ...run, owner: this.#owner }, found.revision);
    }
    const of = { bucket: bucket.name, id: inventory.id, configuration, period };
    const run = {
      ...of,
      startedMs: nowMs,
      dataId: randomUUID(),
      finishedMs: null,
      owner: this.#owner,
      leaseUntilMs: 0,
    };
    return this.#store(run, found?.revision ?? null);
  }

  #periodOf({ frequency }: InventoryConfiguration, nowMs: number): number {
    const { dayMs } = this.#options;
    return Math.floor(nowMs / (frequency === "Daily" ? dayMs : DAYS_A_WEEK * dayMs));
  }

  /** Keeps the lease. null: somebody else took it over. */
  async #store(run: InventoryRun, revision: string | null): Promise<FoundInventoryRun | null> {
    const { records, clock } = this.#options;
    const kept = { ...run, leaseUntilMs: clock.nowMs() + LEASE_MS };
    if (!(await storeInventoryRun(records, kept, revision))) return null;
    const found = await findInventoryRun(records, run.bucket, run.id);
    return found?.run.owner === this.#owner ? found : null;
  }
}

async function* pagesOf(
  store: ObjectStore,
  bucket: string,
  { prefix, versions }: InventoryConfiguration,
): AsyncGenerator<readonly ObjectVersion[]> {
  let keyMarker = "";
  let versionIdMarker = "";
  for (;;) {
    const input = { bucket, prefix, delimiter: "", keyMarker, versionIdMarker, limit: VERSIONS_A_PAGE };
    const page = await store.listObjectVersions(input);
    yield versions === "All"
      ? page.versions
      : page.versions.filter(({ isLatest, kind }) => isLatest && kind === "version");
    if (page.next === null) return;
    ({ keyMarker, versionIdMarker } = page.next);
  }
}
