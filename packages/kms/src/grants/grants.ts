import { encodeSequence, type RecordChange } from "@strongroom/base";
import type { KmsKey } from "../keys/kms-key.ts";
import type { KmsRecords } from "../keys/kms-records.ts";
import { decodeGrant, encodeGrant, type Grant } from "./grant.ts";

const keyPrefix = (region: string, keyId: string): Buffer => encodeSequence(["kms", "grant", region, keyId]);
const grantKey = (region: string, keyId: string, grantId: string): Buffer =>
  encodeSequence(["kms", "grant", region, keyId, grantId]);
const retiringPrefix = (region: string, principal: string): Buffer =>
  encodeSequence(["kms", "retirable", region, principal]);
const retiringKey = (grant: Grant, principal: string): Buffer =>
  encodeSequence(["kms", "retirable", grant.region, principal, grant.keyId, grant.id]);

const PAGE = 500;
const MAX_KEPT = 2000;

/** The grants of all keys. Changes are parts of commits on their key, whose `grantVersion` they move on. */
export class Grants {
  readonly #records: KmsRecords;
  /** All grants of a key, by the key's `grantVersion`: as fresh as the key record is. */
  readonly #kept = new Map<string, { readonly version: number; readonly grants: readonly Grant[] }>();

  constructor(records: KmsRecords) {
    this.#records = records;
  }

  /** Every grant of a key, in the order of their ids. */
  async ofKey(key: KmsKey): Promise<readonly Grant[]> {
    const { region, keyId, grantCount, grantVersion } = key.record;
    if (grantCount === 0) return [];
    const name = `${region}/${keyId}`;
    const kept = this.#kept.get(name);
    if (kept !== undefined && kept.version === grantVersion) return kept.grants;
    const grants: Grant[] = [];
    for (let after: Uint8Array | null = null; ; ) {
      const page = await this.#page(keyPrefix(region, keyId), after);
      for (const stored of page) grants.push(decodeGrant(stored.value));
      const last = page.at(-1);
      if (last === undefined || page.length < PAGE) break;
      after = last.key;
    }
    if (this.#kept.size >= MAX_KEPT) this.#kept.clear();
    this.#kept.set(name, { version: grantVersion, grants });
    return grants;
  }

  async find(region: string, keyId: string, grantId: string): Promise<Grant | null> {
    const bytes = await this.#records.store.get(grantKey(region, keyId, grantId));
    return bytes === null ? null : decodeGrant(bytes);
  }

  /** Grants that a principal may retire, in the order of key and id. `after` is a grant that was listed. */
  async listRetirable(
    region: string,
    principal: string,
    after: { readonly keyId: string; readonly id: string } | null,
    limit: number,
  ): Promise<readonly Grant[]> {
    const prefix = retiringPrefix(region, principal);
    const afterKey =
      after === null ? null : encodeSequence(["kms", "retirable", region, principal, after.keyId, after.id]);
    const page = await this.#records.store.page(prefix, afterKey, limit);
    return page.map((stored) => decodeGrant(stored.value));
  }

  changesOf(grant: Grant, action: "add" | "remove"): readonly RecordChange[] {
    const value = action === "add" ? encodeGrant(grant) : null;
    const changes = [{ key: grantKey(grant.region, grant.keyId, grant.id), value }];
    const retiring = grant.retiringPrincipal ?? grant.retiringService;
    if (retiring !== undefined) changes.push({ key: retiringKey(grant, retiring), value });
    return changes;
  }

  #page(prefix: Uint8Array, after: Uint8Array | null) {
    return this.#records.store.page(prefix, after, PAGE);
  }
}
