import { IamError } from "../iam-error.ts";
import type { Entity, Group, ManagedPolicy, OidcProvider, Role, User } from "./entities.ts";
import { entityKey, nameKey, oidcProviderKey } from "./entity-keys.ts";
import {
  decodeGroup,
  decodeManagedPolicy,
  decodeOidcProvider,
  decodeRole,
  decodeUser,
} from "./entity-records.ts";

export interface EntityOfKind {
  readonly user: User;
  readonly group: Group;
  readonly role: Role;
  readonly policy: ManagedPolicy;
}
export type EntityKind = keyof EntityOfKind;

const DECODERS: { readonly [Kind in EntityKind]: (bytes: Uint8Array) => EntityOfKind[Kind] } = {
  user: decodeUser,
  group: decodeGroup,
  role: decodeRole,
  policy: decodeManagedPolicy,
};

export type ReadRecord = (key: Uint8Array) => Promise<Uint8Array | null>;

/** Finds entities through whatever reads records: the store itself, or a transaction that remembers what it read. */
export class EntityReader {
  readonly #read: ReadRecord;

  constructor(read: ReadRecord) {
    this.#read = read;
  }

  /** The entity of this name, in whatever case it is written: names are unique without regard to it. */
  async findByName<Kind extends EntityKind>(
    kind: Kind,
    accountId: string,
    name: string,
  ): Promise<EntityOfKind[Kind] | null> {
    const id = await this.findId(kind, accountId, name);
    return id === null ? null : this.findById(kind, accountId, id);
  }

  async findById<Kind extends EntityKind>(
    kind: Kind,
    accountId: string,
    id: string,
  ): Promise<EntityOfKind[Kind] | null> {
    const bytes = await this.#read(entityKey(kind, accountId, id));
    if (bytes === null) return null;
    const entity: EntityOfKind[Kind] = DECODERS[kind](bytes);
    requireOwn(entity, accountId, id);
    return entity;
  }

  /** The id behind a name, whatever its case; null when the name is free. */
  async findId(kind: EntityKind, accountId: string, name: string): Promise<string | null> {
    // What no name looks like is not looked up: it may come from an unvalidated ARN.
    if (!/^[\w+=,.@-]{1,128}$/.test(name)) return null;
    const id = await this.#read(nameKey(kind, accountId, name));
    return id === null ? null : Buffer.from(id).toString();
  }

  async findOidcProvider(accountId: string, issuer: string): Promise<OidcProvider | null> {
    if (issuer.length > 1024) return null;
    const bytes = await this.#read(oidcProviderKey(accountId, issuer));
    return bytes === null ? null : decodeOidcProvider(bytes);
  }
}

function requireOwn(entity: Entity, accountId: string, id: string): void {
  if (entity.id !== id || entity.accountId !== accountId) {
    throw new IamError("Tampered", "integrity", "An identity record was moved.");
  }
}
