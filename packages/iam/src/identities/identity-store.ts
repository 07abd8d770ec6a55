import type { KeyObject } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "@strongroom/base";
import { IamError } from "../iam-error.ts";
import type { NamedPolicy, PrincipalPolicies } from "../policy/authorization.ts";
import { PolicyCache } from "../policy/policy-cache.ts";
import type { PolicyDocument } from "../policy/policy-document.ts";
import { MAX_TEXT_LENGTH } from "../policy/policy-limits.ts";
import type { Principal } from "../principal.ts";
import type { RecordStore } from "../record-store.ts";
import { findAwsManagedPolicy } from "./aws-managed-policies.ts";
import {
  arnOf,
  type Group,
  type ManagedPolicy,
  type PolicyHolder,
  type Role,
  type User,
} from "./entities.ts";
import { namePrefix } from "./entity-keys.ts";
import { type EntityKind, type EntityOfKind, EntityReader } from "./entity-reader.ts";
import { type CommitCounter, IamGeneration } from "./iam-generation.ts";
import { IdentityTransaction } from "./identity-transaction.ts";

export interface IdentityStoreOptions {
  readonly records: RecordStore & CommitCounter;
  /** AES-256; seals secret access keys. */
  readonly sealingKey: KeyObject;
  readonly clock: Clock;
}

const NO_POLICIES: PrincipalPolicies = { identity: [], boundary: null, session: null };
/** Sizes were checked when the policy was written, against the quota of whatever holds it. */
const STORED_LIMITS = { maxSize: MAX_TEXT_LENGTH, ignoresWhitespace: true };
const CACHE_CAPACITY = 10_000;
const ATTEMPTS = 40;

/**
 * Users, groups, roles and their policies, shared by every process over one index. Reads see the newest state; what
 * is cached is current, since every change of identities changes the generation.
 */
export class IdentityStore {
  readonly records: RecordStore;
  readonly sealingKey: KeyObject;
  readonly clock: Clock;
  readonly generation: IamGeneration;
  readonly reader: EntityReader;
  readonly #compiled = new PolicyCache();
  readonly #policies = new Map<string, PrincipalPolicies>();
  #policiesGeneration = -1;

  constructor(options: IdentityStoreOptions) {
    const { records, sealingKey, clock } = options;
    this.records = records;
    this.sealingKey = sealingKey;
    this.clock = clock;
    this.generation = new IamGeneration(records, records);
    this.reader = new EntityReader((key) => records.get(key));
  }

  findUser(accountId: string, userName: string): Promise<User | null> {
    return this.reader.findByName("user", accountId, userName);
  }

  findGroup(accountId: string, groupName: string): Promise<Group | null> {
    return this.reader.findByName("group", accountId, groupName);
  }

  findRole(accountId: string, roleName: string): Promise<Role | null> {
    return this.reader.findByName("role", accountId, roleName);
  }

  /** A stored policy compiled, from a cache of texts. Throws PolicyError. */
  compile(kind: "identity" | "trust", text: string): PolicyDocument {
    return this.#compiled.parse(text, { kind, limits: STORED_LIMITS });
  }

  /**
   * What is attached to `principal`, without policies of its session, which its credentials carry. At once when it is
   * cached. A principal that was removed has none.
   */
  policiesOf(principal: Principal): PrincipalPolicies | Promise<PrincipalPolicies> {
    const holder = holderOf(principal);
    if (holder === null) return NO_POLICIES;
    const generation = this.generation.current();
    if (typeof generation !== "number") {
      return generation.then((number) => this.#policiesAt(number, holder));
    }
    return this.#policiesAt(generation, holder);
  }

  /**
   * Runs `work` until what it read is still so when its writes are applied: it may run several times, and does
   * nothing else than read and write through the transaction. Throws ConcurrentModification when others are always
   * faster.
   */
  async change<Result>(work: (transaction: IdentityTransaction) => Promise<Result>): Promise<Result> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const transaction = new IdentityTransaction(this.records);
      const result = await work(transaction);
      if (await transaction.commit()) return result;
      await sleep(Math.random() * Math.min(50, 2 ** attempt));
    }
    throw new IamError("ConcurrentModification", "state", "Others kept changing the same identity.");
  }

  /** Up to `limit` entities after the name `after`, in the order of their names without regard to case. */
  async page<Kind extends EntityKind>(
    kind: Kind,
    accountId: string,
    after: string | null,
    limit: number,
  ): Promise<readonly EntityOfKind[Kind][]> {
    const prefix = namePrefix(kind, accountId);
    const from = after === null ? null : Buffer.concat([prefix, Buffer.from(after.toLowerCase())]);
    const names = await this.records.page(prefix, from, limit);
    const entities = await Promise.all(
      names.map(({ value }) => this.reader.findById(kind, accountId, Buffer.from(value).toString())),
    );
    return entities.filter((entity) => entity !== null);
  }

  /** How many there are, counted to `most`. */
  async count(kind: EntityKind, accountId: string, most: number): Promise<number> {
    return (await this.records.page(namePrefix(kind, accountId), null, most)).length;
  }

  #policiesAt(generation: number, holder: Holder): PrincipalPolicies | Promise<PrincipalPolicies> {
    if (generation !== this.#policiesGeneration) {
      this.#policies.clear();
      this.#policiesGeneration = generation;
    }
    return this.#policies.get(holder.id) ?? this.#load(generation, holder);
  }

  async #load(generation: number, holder: Holder): Promise<PrincipalPolicies> {
    const policies = await this.#read(holder);
    // What was read before the last change is good for this answer and for no other.
    if (generation === this.#policiesGeneration) {
      if (this.#policies.size >= CACHE_CAPACITY) this.#policies.clear();
      this.#policies.set(holder.id, policies);
    }
    return policies;
  }

  async #read({ kind, accountId, id }: Holder): Promise<PrincipalPolicies> {
    const entity = await this.reader.findById(kind, accountId, id);
    return entity === null ? NO_POLICIES : this.policiesHeldBy(entity);
  }

  /** What counts for a user, a group or a role as it is now; a user has also what its groups have. */
  async policiesHeldBy(holder: PolicyHolder): Promise<PrincipalPolicies> {
    const groups = holder.kind === "user" ? await this.#groupsOf(holder) : [];
    const identity = await Promise.all([holder, ...groups].map((each) => this.#ownPolicies(each)));
    const bound = holder.kind === "group" ? null : holder.boundary;
    const boundary = bound === null ? null : await this.#managed(holder.accountId, bound);
    return { identity: identity.flat(), boundary, session: null };
  }

  async #groupsOf(user: User): Promise<readonly Group[]> {
    const groups = await Promise.all(
      user.groupIds.map((id) => this.reader.findById("group", user.accountId, id)),
    );
    return groups.filter((group) => group !== null);
  }

  /** Inline and managed policies of one user, group or role. */
  async #ownPolicies(holder: PolicyHolder): Promise<readonly NamedPolicy[]> {
    const inline = holder.inlinePolicies.map(({ policyName, document }) => ({
      name: policyName,
      document: this.compile("identity", document),
    }));
    const managed = await Promise.all(
      holder.attachedPolicies.map((arn) => this.#managed(holder.accountId, arn)),
    );
    return [...inline, ...managed];
  }

  async #managed(accountId: string, arn: string): Promise<NamedPolicy> {
    const text = await this.findPolicyText(accountId, arn);
    // Fail closed: it may be the one that denies.
    if (text === null) throw new IamError("Malformed", "integrity", "An attached policy is missing.");
    return { name: arn, document: this.compile("identity", text) };
  }

  /** The default version of a managed policy, AWS's or the account's own. */
  async findPolicyText(accountId: string, arn: string): Promise<string | null> {
    const awsPolicy = findAwsManagedPolicy(arn);
    if (awsPolicy !== null) return awsPolicy.document;
    const policy = await this.findPolicy(accountId, arn);
    return policy === null ? null : defaultDocument(policy);
  }

  /** A policy of the account's own, by its ARN. */
  async findPolicy(accountId: string, arn: string): Promise<ManagedPolicy | null> {
    const policy = await this.reader.findByName("policy", accountId, arn.slice(arn.lastIndexOf("/") + 1));
    return policy !== null && arnOf(policy) === arn ? policy : null;
  }
}

export function defaultDocument(policy: ManagedPolicy): string {
  const version = policy.versions.find(({ versionId }) => versionId === policy.defaultVersionId);
  if (version === undefined) throw new IamError("Malformed", "integrity", "A policy has no default version.");
  return version.document;
}

interface Holder {
  readonly kind: "user" | "role";
  readonly accountId: string;
  readonly id: string;
}

/** Whose policies count for a principal; null for those that have none. */
function holderOf(principal: Principal): Holder | null {
  switch (principal.kind) {
    case "user":
      return { kind: "user", accountId: principal.accountId, id: principal.userId };
    case "role-session":
      return { kind: "role", accountId: principal.accountId, id: principal.roleId };
    case "federated-user":
      return holderOf(principal.issuer);
    default:
      return null;
  }
}
