import { createSecretKey } from "node:crypto";
import { ManualClock, MemoryRecordStore, SecretBytes } from "@strongroom/base";
import { parseQueryParameters, type XmlElement } from "@strongroom/wire";
import type { Account } from "../account.ts";
import { AccountStore } from "../account-store.ts";
import { Authorization } from "../authorization.ts";
import { type OidcProvider, type Role, rootArn, type Tag, type User } from "../identities/entities.ts";
import { IdentityStore } from "../identities/identity-store.ts";
import { randomUniqueId } from "../identities/unique-id.ts";
import { userPrincipal } from "../identities/user-principal.ts";
import type { RequestFacts } from "../request-context.ts";
import { type CallerCredential, CallerCredentials } from "../sessions/caller-credentials.ts";
import { findStsOperation, STS_VERSION } from "./operations/index.ts";
import type { StsServices } from "./sts-operation.ts";
import type { FetchDocument } from "./web-identity/fetch-document.ts";
import { WebIdentities } from "./web-identity/web-identities.ts";

export const NOW_MS = Date.UTC(2026, 10, 24, 12);
export const SEALING_KEY = createSecretKey(Buffer.alloc(32, 9));

type Parameters = Readonly<Record<string, string>>;

/** What an operation answered: the text of each leaf by the names on the way to it, `Credentials.AccessKeyId`. */
export type Answer = ReadonlyMap<string, string>;

/** STS over records in memory, two accounts and a clock that stands still. */
export class StsFixture {
  readonly clock = new ManualClock(NOW_MS);
  readonly identities: IdentityStore;
  readonly accounts: AccountStore;
  readonly credentials: CallerCredentials;
  readonly services: StsServices;
  readonly account: Account;
  readonly other: Account;

  private constructor(stores: Pick<StsFixture, "identities" | "accounts" | "clock">, accounts: Account[]) {
    this.clock = stores.clock;
    this.identities = stores.identities;
    this.accounts = stores.accounts;
    const [account, other] = accounts;
    if (account === undefined || other === undefined) throw new Error("two accounts are needed");
    this.account = account;
    this.other = other;
    this.credentials = new CallerCredentials({ ...stores, sealingKey: SEALING_KEY });
    this.services = this.servicesWith(() => Promise.reject(new Error("nothing to fetch")));
  }

  static async make(): Promise<StsFixture> {
    const records = new MemoryRecordStore();
    const clock = new ManualClock(NOW_MS);
    const options = { records, sealingKey: SEALING_KEY, clock };
    const accounts = new AccountStore(options);
    const own = await accounts.createAccount("own");
    const other = await accounts.createAccount("other");
    return new StsFixture({ identities: new IdentityStore(options), accounts, clock }, [
      own.account,
      other.account,
    ]);
  }

  servicesWith(fetchDocument: FetchDocument): StsServices {
    const { accounts, identities, clock } = this;
    return {
      accounts,
      identities,
      authorization: new Authorization(identities),
      webIdentities: new WebIdentities(clock, fetchDocument),
      sealingKey: SEALING_KEY,
      clock,
    };
  }

  /** A user who may do what `policy` says, if anything. */
  async addUser(name: string, policy: object | null = null, account = this.account): Promise<User> {
    const user: User = {
      kind: "user",
      ...this.#named(name, "user", account),
      inlinePolicies: policy === null ? [] : [{ policyName: "own", document: JSON.stringify(policy) }],
      tags: [],
      boundary: null,
      groupIds: [],
      accessKeyIds: [],
    };
    await this.#add(user);
    return user;
  }

  async addRole(
    name: string,
    trust: object,
    more: { policy?: object; tags?: Tag[]; longestSeconds?: number; path?: string } = {},
  ): Promise<Role> {
    const { policy, tags = [], longestSeconds = 3600, path = "/" } = more;
    const role: Role = {
      kind: "role",
      ...this.#named(name, "role", this.account),
      path,
      inlinePolicies: policy === undefined ? [] : [{ policyName: "own", document: JSON.stringify(policy) }],
      tags,
      boundary: null,
      description: null,
      maxSessionDurationSeconds: longestSeconds,
      trustPolicy: JSON.stringify(trust),
    };
    await this.#add(role);
    return role;
  }

  async remove(entity: User | Role): Promise<void> {
    await this.identities.change(async (transaction) => {
      await transaction.findById(entity.kind, entity.accountId, entity.id);
      transaction.remove(entity);
    });
  }

  async addProvider(issuer: string, clientIds: readonly string[]): Promise<OidcProvider> {
    const provider: OidcProvider = {
      kind: "oidc-provider",
      accountId: this.account.accountId,
      issuer,
      createdMs: NOW_MS,
      clientIds,
      thumbprints: [],
      tags: [],
    };
    await this.identities.change(async (transaction) => transaction.putOidcProvider(provider));
    return provider;
  }

  asUser(user: User): CallerCredential {
    const account = user.accountId === this.other.accountId ? this.other : this.account;
    const secretAccessKey = new SecretBytes(Buffer.from("not used here"));
    return {
      accessKeyId: "AKIATEST",
      secretAccessKey,
      account,
      principal: userPrincipal(user),
      session: null,
    };
  }

  asRoot(): CallerCredential {
    const { account } = this;
    const { accountId } = account;
    const principal = { kind: "root", accountId, arn: rootArn(accountId), userId: accountId } as const;
    const secretAccessKey = new SecretBytes(Buffer.from("not used here"));
    return { accessKeyId: "AKIATEST", secretAccessKey, account, principal, session: null };
  }

  /** The caller behind the credentials that an operation answered. */
  async asSession(answer: Answer): Promise<CallerCredential> {
    const token = answer.get("Credentials.SessionToken") ?? "";
    const found = await this.credentials.find(answer.get("Credentials.AccessKeyId") ?? "", token);
    if (found === null) throw new Error("no session");
    return found;
  }

  /** Runs an operation as HTTP would once the caller is known; `caller` null for unsigned ones. */
  async call(
    action: string,
    caller: CallerCredential | null,
    parameters: Parameters,
    services = this.services,
  ): Promise<Answer> {
    const operation = findStsOperation(action, STS_VERSION);
    if (operation === null) throw new Error(`there is no ${action}`);
    const body = Buffer.from(new URLSearchParams(parameters).toString());
    const request = { parameters: parseQueryParameters({ rawQuery: "", body }), facts: this.facts() };
    if (!operation.isSigned) return flatten(await operation.run(request, services));
    if (caller === null) throw new Error(`${action} is signed`);
    return flatten(await operation.run({ ...request, caller }, services));
  }

  facts(): RequestFacts {
    const nowMs = this.clock.nowMs();
    return {
      nowMs,
      region: "us-east-1",
      userAgent: "test",
      sourceIp: "192.0.2.1",
      secure: true,
      tlsVersion: "1.3",
    };
  }

  #named(name: string, kind: "user" | "role", account: Account) {
    const { accountId } = account;
    return {
      accountId,
      id: randomUniqueId(kind),
      name,
      path: "/",
      createdMs: NOW_MS,
      attachedPolicies: [],
    };
  }

  async #add(entity: User | Role): Promise<void> {
    await this.identities.change(async (transaction) => {
      await transaction.findId(entity.kind, entity.accountId, entity.name);
      transaction.add(entity);
    });
  }
}

/** A trust policy, or any policy, of these statements. */
export function policyOf(...statements: readonly object[]): object {
  return { Version: "2012-10-17", Statement: statements.map((each) => ({ Effect: "Allow", ...each })) };
}

function flatten(elements: readonly (XmlElement | undefined)[], path = ""): Map<string, string> {
  const leaves = new Map<string, string>();
  for (const each of elements) {
    if (each === undefined) continue;
    const name = `${path}${each.name}`;
    if (typeof each.children === "string") leaves.set(name, each.children);
    else for (const [below, text] of flatten(each.children, `${name}.`)) leaves.set(below, text);
  }
  return leaves;
}
