import { randomBytes } from "node:crypto";
import type { RecordChange, RecordCheck, RecordStore } from "../record-store.ts";
import type { Entity, ManagedPolicy, OidcProvider, PolicyHolder } from "./entities.ts";
import {
  type AttachmentUse,
  attachmentKey,
  entityKey,
  GENERATION_KEY,
  nameKey,
  oidcProviderKey,
} from "./entity-keys.ts";
import { EntityReader } from "./entity-reader.ts";
import { encodeRecord } from "./record-fields.ts";

/**
 * One change of identities: what it reads must still be so when what it writes is applied. Reads do not see the
 * transaction's own writes of the same record unless it was read before; each record is written once.
 */
export class IdentityTransaction extends EntityReader {
  readonly #records: RecordStore;
  readonly #checks: Map<string, RecordCheck>;
  readonly #changes = new Map<string, RecordChange>();

  constructor(records: RecordStore) {
    const checks = new Map<string, RecordCheck>();
    super(async (key) => {
      const found = await records.find(key);
      const revision = found?.revision ?? null;
      const name = Buffer.from(key).toString("latin1");
      // Read twice and changed between: the first reading's check fails the commit.
      if (!checks.has(name)) checks.set(name, { key, revision });
      return found?.value ?? null;
    });
    this.#records = records;
    this.#checks = checks;
  }

  /** A record beside the entities; remembered as read. */
  async read(key: Uint8Array): Promise<Uint8Array | null> {
    const found = await this.#records.find(key);
    const name = Buffer.from(key).toString("latin1");
    if (!this.#checks.has(name)) this.#checks.set(name, { key, revision: found?.revision ?? null });
    return found?.value ?? null;
  }

  write(key: Uint8Array, value: Uint8Array | null): void {
    this.#changes.set(Buffer.from(key).toString("latin1"), { key, value });
  }

  /** Writes a new entity with its name. The name must have been looked up in this transaction and be free. */
  add(entity: Entity): void {
    this.write(nameKey(entity.kind, entity.accountId, entity.name), Buffer.from(entity.id));
    this.put(entity);
  }

  /** Writes an entity that was read in this transaction. */
  put(entity: Entity): void {
    this.write(entityKey(entity.kind, entity.accountId, entity.id), encodeRecord(entity));
  }

  /** Writes an entity under its new name, which must have been looked up and be free or its own. */
  rename(entity: Entity, oldName: string): void {
    if (oldName.toLowerCase() !== entity.name.toLowerCase()) {
      this.write(nameKey(entity.kind, entity.accountId, oldName), null);
    }
    this.add(entity);
  }

  remove(entity: Entity): void {
    this.write(nameKey(entity.kind, entity.accountId, entity.name), null);
    this.write(entityKey(entity.kind, entity.accountId, entity.id), null);
  }

  putOidcProvider(provider: OidcProvider): void {
    this.write(oidcProviderKey(provider.accountId, provider.issuer), encodeRecord(provider));
  }

  removeOidcProvider(provider: OidcProvider): void {
    this.write(oidcProviderKey(provider.accountId, provider.issuer), null);
  }

  /** Records that a holder uses a policy, or no longer does. A customer's policy counts its uses itself. */
  setAttachment(
    policy: Pick<ManagedPolicy, "id">,
    use: AttachmentUse,
    holder: Pick<PolicyHolder, "accountId" | "id" | "kind">,
    isAttached: boolean,
  ): void {
    const key = attachmentKey(holder.accountId, policy.id, use, holder.id);
    this.write(key, isAttached ? Buffer.from(holder.kind) : null);
  }

  /** False, and nothing is changed, when something that was read has changed since. */
  async commit(): Promise<boolean> {
    if (this.#changes.size === 0) return true;
    this.write(GENERATION_KEY, randomBytes(16));
    return this.#records.commit([...this.#changes.values()], [...this.#checks.values()]);
  }
}
