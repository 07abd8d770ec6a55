import { encodeSequence, type RecordChange, type RecordCheck } from "@strongroom/base";
import type { CustomKeyStores } from "../key-stores/custom-key-stores.ts";
import {
  decodeKeyRecord,
  decodeKeySetRecord,
  encodeKeyRecord,
  encodeKeySetRecord,
  type KeyRecord,
  type KeySetRecord,
} from "./key-record.ts";
import { type KeyStoreFacts, type KmsKey, toKmsKey } from "./kms-key.ts";
import { GenerationCache, type KmsRecords } from "./kms-records.ts";

/** What a change of a key writes: the new record, set, or both, and records that go with them. */
export interface KeyChange {
  readonly record?: KeyRecord;
  readonly set?: KeySetRecord;
  readonly changes?: readonly RecordChange[];
  readonly checks?: readonly RecordCheck[];
  /** Undoes what was made for this change beside the records; called when it was not applied. */
  readonly abandon?: () => Promise<void>;
}

const recordKey = (region: string, keyId: string): Buffer => encodeSequence(["kms", "key", region, keyId]);
const setKey = (keyId: string): Buffer => encodeSequence(["kms", "key-set", keyId]);
const ownerPrefix = (accountId: string, region: string): Buffer =>
  encodeSequence(["kms", "account-key", accountId, region]);
const ownerKey = (accountId: string, region: string, keyId: string): Buffer =>
  encodeSequence(["kms", "account-key", accountId, region, keyId]);
const EVERY_KEY = encodeSequence(["kms", "key"]);

/** The keys of all accounts and regions. */
export class Keys {
  readonly #records: KmsRecords;
  readonly #stores: CustomKeyStores;
  readonly #cache: GenerationCache<KmsKey | null>;

  constructor(records: KmsRecords, stores: CustomKeyStores) {
    this.#records = records;
    this.#stores = stores;
    this.#cache = new GenerationCache(records);
  }

  /** As of now, by the state of every process. */
  find(region: string, keyId: string): Promise<KmsKey | null> {
    return this.#cache.get(`${region}/${keyId}`, async (old) => {
      const key = await this.#read(region, keyId);
      if (key === null || old === null) return key;
      const isSame = key.recordRevision === old.recordRevision && key.setRevision === old.setRevision;
      return isSame && key.store === null ? old : key;
    });
  }

  /** Adds a key; false when a check failed. */
  create(record: KeyRecord, set: KeySetRecord, more: KeyChange = {}): Promise<boolean> {
    const { region, keyId } = record;
    return this.#records.commit(
      [
        ...this.addedBy(record),
        { key: setKey(keyId), value: encodeKeySetRecord(set) },
        ...(more.changes ?? []),
      ],
      [
        { key: recordKey(region, keyId), revision: null },
        { key: setKey(keyId), revision: null },
        ...(more.checks ?? []),
      ],
    );
  }

  /**
   * Changes a key as it is now: `decide` sees its newest state, may throw, and is asked again when someone else was
   * faster. null from `decide` changes nothing; null from here means that there is no such key.
   */
  update(
    region: string,
    keyId: string,
    decide: (key: KmsKey) => KeyChange | null | Promise<KeyChange | null>,
  ): Promise<KmsKey | null> {
    return this.#records.retry(async () => {
      const key = await this.#read(region, keyId);
      if (key === null) return { done: null };
      const change = await decide(key);
      if (change === null) return { done: key };
      const { record, set } = change;
      const changes: RecordChange[] = [...(change.changes ?? [])];
      if (record !== undefined)
        changes.push({ key: recordKey(region, keyId), value: encodeKeyRecord(record) });
      if (set !== undefined) changes.push({ key: setKey(keyId), value: encodeKeySetRecord(set) });
      const checks = [...this.checksOf(key), ...(change.checks ?? [])];
      if (!(await this.#records.commit(changes, checks))) {
        await change.abandon?.();
        return null;
      }
      return { done: { ...key, record: record ?? key.record, set: set ?? key.set } };
    });
  }

  /** What stores a key's record. */
  changesOf(record: KeyRecord): readonly RecordChange[] {
    return [{ key: recordKey(record.region, record.keyId), value: encodeKeyRecord(record) }];
  }

  /** What adds one more region of an existing key. */
  addedBy(record: KeyRecord): readonly RecordChange[] {
    const { region, keyId, accountId } = record;
    return [
      ...this.changesOf(record),
      { key: ownerKey(accountId, region, keyId), value: Buffer.from(keyId) },
    ];
  }

  /** Holds as long as neither the key nor its set was changed since `key` was read. */
  checksOf(key: KmsKey): readonly RecordCheck[] {
    const { region, keyId } = key.record;
    return [
      { key: recordKey(region, keyId), revision: key.recordRevision },
      { key: setKey(keyId), revision: key.setRevision },
    ];
  }

  /** Removes a key of one region, and its set when `set` is null. False when a check failed. */
  remove(
    key: KmsKey,
    set: KeySetRecord | null,
    changes: readonly RecordChange[],
    checks: readonly RecordCheck[] = [],
  ): Promise<boolean> {
    const { region, keyId, accountId } = key.record;
    return this.#records.commit(
      [
        { key: recordKey(region, keyId), value: null },
        { key: ownerKey(accountId, region, keyId), value: null },
        { key: setKey(keyId), value: set === null ? null : encodeKeySetRecord(set) },
        ...changes,
      ],
      [...this.checksOf(key), ...checks],
    );
  }

  /** Ids of an account's keys in one region, in their order, after `after`. */
  async listIds(
    accountId: string,
    region: string,
    after: string | null,
    limit: number,
  ): Promise<readonly string[]> {
    const prefix = ownerPrefix(accountId, region);
    const afterKey = after === null ? null : ownerKey(accountId, region, after);
    const page = await this.#records.store.page(prefix, afterKey, limit);
    return page.map((record) => Buffer.from(record.value).toString("utf8"));
  }

  /** Every key of the deployment, a page at a time: for maintenance. */
  async *all(): AsyncGenerator<KmsKey> {
    const PAGE = 200;
    let after: Uint8Array | null = null;
    for (;;) {
      const page: Awaited<ReturnType<typeof this.page>> = await this.page(after, PAGE);
      for (const stored of page) {
        const record = decodeKeyRecord(stored.value);
        const key = await this.#read(record.region, record.keyId);
        if (key !== null) yield key;
      }
      const last = page.at(-1);
      if (last === undefined || page.length < PAGE) return;
      after = last.key;
    }
  }

  page(after: Uint8Array | null, limit: number) {
    return this.#records.store.page(EVERY_KEY, after, limit);
  }

  async #read(region: string, keyId: string): Promise<KmsKey | null> {
    const { store } = this.#records;
    const [record, set] = await Promise.all([
      store.find(recordKey(region, keyId)),
      store.find(setKey(keyId)),
    ]);
    if (record === null || set === null) return null;
    const decoded = decodeKeySetRecord(set.value);
    const revisions = { record: record.revision, set: set.revision };
    return toKmsKey(decodeKeyRecord(record.value), decoded, revisions, await this.#storeOf(decoded));
  }

  async #storeOf(set: KeySetRecord): Promise<KeyStoreFacts | null> {
    const { customKeyStoreId: id, accountId, primaryRegion: region } = set;
    if (id === undefined) return null;
    const store = await this.#stores.find({ accountId, region, id });
    return { id, clusterId: store?.clusterId ?? "", isConnected: store?.state === "CONNECTED" };
  }
}
