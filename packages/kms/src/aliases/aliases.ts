import { encodeSequence, type RecordChange, type RecordCheck } from "@strongroom/base";
import { integer, required, structure, text } from "@strongroom/wire";
import { decode, encode } from "../keys/key-record.ts";
import { GenerationCache, type KmsRecords } from "../keys/kms-records.ts";

const ALIAS = structure({
  format: required(integer({ min: 1, max: 1 })),
  name: required(text()),
  targetKeyId: required(text()),
  createdMs: required(integer()),
  updatedMs: required(integer()),
});

/** A name of a key within one account and region. `name` has its prefix: `alias/…`. */
export interface Alias {
  readonly name: string;
  readonly targetKeyId: string;
  readonly createdMs: number;
  readonly updatedMs: number;
}

export interface StoredAlias extends Alias {
  readonly revision: string;
}

const prefixOf = (accountId: string, region: string): Buffer =>
  encodeSequence(["kms", "alias", accountId, region]);
// The name comes last and without its length, so that aliases list in alphabetical order.
const recordKey = (accountId: string, region: string, name: string): Buffer =>
  Buffer.concat([prefixOf(accountId, region), Buffer.from(name)]);

/** The aliases of all accounts and regions. Changes are parts of commits on the keys they point to. */
export class Aliases {
  readonly #records: KmsRecords;
  readonly #cache: GenerationCache<StoredAlias | null>;

  constructor(records: KmsRecords) {
    this.#records = records;
    this.#cache = new GenerationCache(records);
  }

  find(accountId: string, region: string, name: string): Promise<StoredAlias | null> {
    return this.#cache.get(`${accountId}/${region}/${name}`, async () => {
      const stored = await this.#records.store.find(recordKey(accountId, region, name));
      return stored === null ? null : { ...decode(ALIAS, stored.value), revision: stored.revision };
    });
  }

  async list(
    accountId: string,
    region: string,
    after: string | null,
    limit: number,
  ): Promise<readonly Alias[]> {
    const afterKey = after === null ? null : recordKey(accountId, region, after);
    const page = await this.#records.store.page(prefixOf(accountId, region), afterKey, limit);
    return page.map((stored) => decode(ALIAS, stored.value));
  }

  changeOf(accountId: string, region: string, name: string, alias: Alias | null): RecordChange {
    const value =
      alias === null
        ? null
        : encode({
            name,
            targetKeyId: alias.targetKeyId,
            createdMs: alias.createdMs,
            updatedMs: alias.updatedMs,
          });
    return { key: recordKey(accountId, region, name), value };
  }

  checkOf(accountId: string, region: string, name: string, revision: string | null): RecordCheck {
    return { key: recordKey(accountId, region, name), revision };
  }
}
