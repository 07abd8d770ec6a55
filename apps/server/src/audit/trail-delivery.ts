import {
  type AuditKeys,
  type DeliveredFile,
  deliverDigest,
  findDigest,
  listDigests,
  type SignedDigest,
} from "@strongroom/audit";
import type { RecordStore } from "@strongroom/base";
import type { Account } from "@strongroom/iam";
import { type ObjectStore, StoreError } from "@strongroom/store";
import type { Logger } from "../log.ts";
import { ServerError } from "../server-error.ts";
import { type DeliveryRecord, type FoundDelivery, findDelivery, storeDelivery } from "./delivery-record.ts";

/** How often it is looked whether there is a digest that was not delivered. */
const LOOK_INTERVAL_MS = 5_000;
/** A delivery that goes on failing is told this often. */
const TELL_INTERVAL_MS = 600_000;

/** A bucket, and the account that it must belong to: one of that name of somebody else's gets nothing. */
export interface DeliveryTarget {
  readonly accountId: string;
  readonly bucket: string;
}

export interface TrailDeliveryOptions {
  readonly target: DeliveryTarget;
  readonly folder: string;
  readonly keys: AuditKeys;
  readonly region: string;
  readonly records: RecordStore;
  readonly store: Pick<ObjectStore, "requireBucket" | "putObject">;
  readonly listAccounts: () => Promise<readonly Account[]>;
  readonly nowMs: () => number;
  readonly log: Logger;
}

/**
 * Delivers what each digest of the trail covers to a bucket, once and in order: objects have names that a repetition
 * finds taken, and how far it came is on record. In the primary process only.
 */
export class TrailDelivery {
  readonly #options: TrailDeliveryOptions;
  readonly #timer: NodeJS.Timeout;
  #running: Promise<void> | null = null;
  #stopped = false;
  #toldMs = Number.NEGATIVE_INFINITY;

  constructor(options: TrailDeliveryOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.look(), LOOK_INTERVAL_MS);
    this.#timer.unref();
  }

  /** Looks now. Never throws; what fails is tried again at the next look. */
  look(): void {
    if (this.#running !== null || this.#stopped) return;
    this.#running = this.#run().finally(() => {
      this.#running = null;
    });
  }

  /** Delivers what there is, once more, and then no more. What fails is delivered after the next start. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#running;
    this.look();
    this.#stopped = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    const { folder, keys, records, log, nowMs } = this.#options;
    try {
      let found = await findDelivery(records);
      const after = found?.record.digest ?? 0;
      for (const number of await listDigests(folder)) {
        if (number <= after) continue;
        const signed = await findDigest(folder, keys, number);
        // What it covered, the digests after it cover anew.
        if (signed === null) log.error({ number }, "a digest of the audit trail is not what was signed");
        else found = await this.#deliver(signed, found);
      }
      this.#toldMs = Number.NEGATIVE_INFINITY;
    } catch (error) {
      if (nowMs() - this.#toldMs < TELL_INTERVAL_MS) return;
      this.#toldMs = nowMs();
      log.error({ err: error }, "the audit trail was not delivered to its bucket; it is tried again");
    }
  }

  async #deliver(signed: SignedDigest, found: FoundDelivery | null): Promise<FoundDelivery> {
    const { target, folder, keys, region, records, nowMs, log } = this.#options;
    const ownerId = await this.#requireOwner();
    const { awsAccountId: accountId } = signed.digest;
    const { bucket } = target;
    const { digest, events, damaged } = await deliverDigest(
      { folder, keys, bucket, accountId, region },
      signed,
      found?.record.last ?? null,
      (file) => this.#put(file, ownerId),
    );
    if (damaged.length > 0) {
      log.error(
        { number: signed.number, segments: damaged.length },
        "of segments that are damaged or gone only what opened was delivered",
      );
    }
    const record: DeliveryRecord = { digest: signed.number, last: digest, deliveredMs: nowMs() };
    if (!(await storeDelivery(records, record, found?.revision ?? null)))
      throw new ServerError("Busy", "state", "somebody else delivers the audit trail");
    log.debug({ number: signed.number, events }, "audit trail delivered");
    const stored = await findDelivery(records);
    if (stored === null) throw new ServerError("Tampered", "integrity", "the record of the delivery is gone");
    return stored;
  }

  /** The canonical id of the bucket's owner, who will own the objects. */
  async #requireOwner(): Promise<string> {
    const { target, store, listAccounts } = this.#options;
    const account = (await listAccounts()).find(({ accountId }) => accountId === target.accountId);
    const { ownerId } = await store.requireBucket(target.bucket);
    if (account !== undefined && account.canonicalUserId === ownerId) return ownerId;
    throw new ServerError(
      "BucketOfAnother",
      "state",
      `the bucket ${target.bucket} is not of account ${target.accountId}: see audit-bucket`,
    );
  }

  async #put({ objectKey, body, metadata }: DeliveredFile, ownerId: string): Promise<void> {
    const { store, target } = this.#options;
    const isGzip = { contentType: "application/json", contentEncoding: "gzip" };
    try {
      await store.putObject({
        bucket: target.bucket,
        objectKey,
        ownerId,
        body: once(body),
        integrity: { sizeBytes: body.length },
        conditions: { ifNoneMatch: "*" },
        plan: { scheme: "sse-s3" },
        headers: isGzip,
        userMetadata: metadata,
        tags: {},
        storageClass: "STANDARD",
      });
    } catch (error) {
      // A former attempt wrote it: nobody else could know its name.
      if (!(error instanceof StoreError) || error.code !== "PreconditionFailed") throw error;
    }
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
