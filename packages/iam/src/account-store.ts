import { type KeyObject, randomBytes, timingSafeEqual } from "node:crypto";
import type { Clock, SecretBytes } from "@strongroom/base";
import {
  accessKeyPurpose,
  decodeAccessKey,
  encodeAccessKey,
  newAccessKey,
  randomAccessKeyId,
  randomSecretAccessKey,
} from "./access-key.ts";
import { type Account, decodeAccount, encodeAccount, newAccount } from "./account.ts";
import type { Credential, NewCredential } from "./credential.ts";
import { CredentialCache } from "./credential-cache.ts";
import { IamError } from "./iam-error.ts";
import { rootArn } from "./identities/entities.ts";
import { accessKeyKey, GENERATION_KEY } from "./identities/entity-keys.ts";
import { EntityReader } from "./identities/entity-reader.ts";
import { type CommitCounter, IamGeneration } from "./identities/iam-generation.ts";
import { userPrincipal } from "./identities/user-principal.ts";
import type { RecordChange, RecordStore } from "./record-store.ts";
import { openSecret } from "./sealed-secret.ts";

export interface AccountStoreOptions {
  readonly records: RecordStore & CommitCounter;
  /** AES-256; used for nothing but secret access keys. */
  readonly sealingKey: KeyObject;
  readonly clock: Clock;
}

const ROOT_NAME = "root";
const ROOT_ACCOUNT_KEY = Buffer.from("iam/root-account");
const ROOT_ACCESS_KEY_KEY = Buffer.from("iam/root-access-key");
const ACCOUNT_PREFIX = Buffer.from("iam/account/");
const accountKey = (accountId: string): Buffer => Buffer.from(`iam/account/${accountId}`);
const accountNameKey = (name: string): Buffer => Buffer.from(`iam/account-name/${name}`);
const canonicalUserKey = (canonicalUserId: string): Buffer =>
  Buffer.from(`iam/canonical-user/${canonicalUserId}`);
const generationChange = (): RecordChange => ({ key: GENERATION_KEY, value: randomBytes(16) });

/** Accounts and their access keys, shared by every process over one index. */
export class AccountStore {
  readonly #records: RecordStore;
  readonly #sealingKey: KeyObject;
  readonly #clock: Clock;
  readonly #generation: IamGeneration;
  readonly #entities: EntityReader;
  readonly #cache = new CredentialCache();

  constructor(options: AccountStoreOptions) {
    this.#records = options.records;
    this.#sealingKey = options.sealingKey;
    this.#clock = options.clock;
    this.#generation = new IamGeneration(options.records, options.records);
    this.#entities = new EntityReader((key) => options.records.get(key));
  }

  /**
   * An active credential and whose it is; null when there is none. A change by any process counts at once.
   * Throws Tampered.
   */
  async findCredential(accessKeyId: string): Promise<Credential | null> {
    // What no key of ours looks like is not looked up: the id comes from an unauthenticated request.
    if (!/^\w{3,128}$/.test(accessKeyId)) return null;
    const generation = await this.#generation.current();
    const cached = this.#cache.find(accessKeyId, generation);
    if (cached !== null) return cached;
    const bytes = await this.#records.get(accessKeyKey(accessKeyId));
    if (bytes === null) return null;
    const accessKey = decodeAccessKey(bytes);
    if (accessKey.accessKeyId !== accessKeyId)
      throw new IamError("Tampered", "integrity", "An access key record was moved.");
    if (accessKey.status !== "Active") return null;
    const account = await this.findAccount(accessKey.accountId);
    const principal = account === null ? null : await this.#principalOf(account, accessKey.userId);
    if (account === null || principal === null) return null;
    const secretAccessKey = openSecret(this.#sealingKey, accessKeyPurpose(accessKey), accessKey.sealedSecret);
    const credential = { accessKeyId, secretAccessKey, account, principal };
    this.#cache.put(credential, generation);
    return credential;
  }

  async #principalOf(account: Account, userId: string | null): Promise<Credential["principal"] | null> {
    const { accountId, canonicalUserId } = account;
    if (userId === null) {
      return { kind: "root", accountId, canonicalUserId, arn: rootArn(accountId), userId: accountId };
    }
    const user = await this.#entities.findById("user", accountId, userId);
    return user === null ? null : userPrincipal(user);
  }

  async findAccount(accountId: string): Promise<Account | null> {
    const bytes = await this.#records.get(accountKey(accountId));
    return bytes === null ? null : decodeAccount(bytes);
  }

  /** The account behind an owner id that S3 shows; null when there is none. */
  async findAccountByCanonicalUserId(canonicalUserId: string): Promise<Account | null> {
    if (!/^[0-9a-f]{64}$/.test(canonicalUserId)) return null;
    const accountId = await this.#records.get(canonicalUserKey(canonicalUserId));
    return accountId === null ? null : this.findAccount(Buffer.from(accountId).toString());
  }

  async listAccounts(): Promise<readonly Account[]> {
    return (await this.#records.list(ACCOUNT_PREFIX)).map(decodeAccount);
  }

  /** Makes an account with one access key. Throws InvalidAccountName, AccountExists. */
  async createAccount(
    name: string,
  ): Promise<{ readonly account: Account; readonly credential: NewCredential }> {
    const account = newAccount(name, this.#clock.nowMs(), false);
    const credential = { accessKeyId: randomAccessKeyId(), secretAccessKey: randomSecretAccessKey() };
    await this.#addAccount(account, credential, []);
    return { account, credential };
  }

  /**
   * The root account, made when there is none. `chosen` credentials replace those it had; without them a pair is
   * made once and kept. `made` tells whether this call made the pair. Safe when several processes call it at once.
   */
  async ensureRoot(
    chosen: NewCredential | null,
  ): Promise<{ readonly account: Account; readonly accessKeyId: string; readonly made: boolean }> {
    const found = await this.#findRoot();
    if (found === null) {
      const account = newAccount(ROOT_NAME, this.#clock.nowMs(), true);
      const credential = chosen ?? {
        accessKeyId: randomAccessKeyId(),
        secretAccessKey: randomSecretAccessKey(),
      };
      const pointers = [
        { key: ROOT_ACCOUNT_KEY, value: Buffer.from(account.accountId) },
        { key: ROOT_ACCESS_KEY_KEY, value: Buffer.from(credential.accessKeyId) },
      ];
      try {
        await this.#addAccount(account, credential, pointers);
      } catch (error) {
        if (error instanceof IamError && error.code === "AccountExists") return this.ensureRoot(chosen);
        throw error;
      }
      return { account, accessKeyId: credential.accessKeyId, made: chosen === null };
    }
    if (chosen !== null) await this.#replaceRootCredential(found, chosen);
    return { account: found.account, accessKeyId: chosen?.accessKeyId ?? found.accessKeyId, made: false };
  }

  /** The root account's credential; null before the first start. */
  async findRootCredential(): Promise<Credential | null> {
    const found = await this.#findRoot();
    return found === null ? null : this.findCredential(found.accessKeyId);
  }

  async #findRoot(): Promise<{ readonly account: Account; readonly accessKeyId: string } | null> {
    const accountId = await this.#records.get(ROOT_ACCOUNT_KEY);
    const accessKeyId = await this.#records.get(ROOT_ACCESS_KEY_KEY);
    if (accountId === null || accessKeyId === null) return null;
    const account = await this.findAccount(Buffer.from(accountId).toString());
    return account === null ? null : { account, accessKeyId: Buffer.from(accessKeyId).toString() };
  }

  async #replaceRootCredential(
    root: { readonly account: Account; readonly accessKeyId: string },
    chosen: NewCredential,
  ): Promise<void> {
    const current = await this.findCredential(root.accessKeyId);
    if (
      root.accessKeyId === chosen.accessKeyId &&
      current !== null &&
      sameSecret(current.secretAccessKey, chosen.secretAccessKey)
    )
      return;
    const bytes = await this.#records.get(accessKeyKey(chosen.accessKeyId));
    const other = bytes === null ? null : decodeAccessKey(bytes);
    if (other !== null && (other.accountId !== root.account.accountId || other.userId !== null)) {
      throw new IamError("CredentialInUse", "state", "The root access key id belongs to somebody else.");
    }
    const changes: RecordChange[] = [
      { key: ROOT_ACCESS_KEY_KEY, value: Buffer.from(chosen.accessKeyId) },
      generationChange(),
    ];
    if (root.accessKeyId !== chosen.accessKeyId) {
      changes.push({ key: accessKeyKey(root.accessKeyId), value: null });
    }
    changes.push({ key: accessKeyKey(chosen.accessKeyId), value: this.#encodeNewKey(root.account, chosen) });
    await this.#records.change(changes, []);
  }

  async #addAccount(
    account: Account,
    credential: NewCredential,
    more: readonly RecordChange[],
  ): Promise<void> {
    const named = accountNameKey(account.name);
    const changes = [
      { key: named, value: Buffer.from(account.accountId) },
      { key: accountKey(account.accountId), value: encodeAccount(account) },
      { key: canonicalUserKey(account.canonicalUserId), value: Buffer.from(account.accountId) },
      { key: accessKeyKey(credential.accessKeyId), value: this.#encodeNewKey(account, credential) },
      ...more,
    ];
    const added = await this.#records.change(
      [...changes, generationChange()],
      changes.map((change) => change.key),
    );
    if (!added) throw new IamError("AccountExists", "state", `There is an account named ${account.name}.`);
  }

  #encodeNewKey(account: Account, credential: NewCredential): Buffer {
    const owner = { accessKeyId: credential.accessKeyId, accountId: account.accountId, userId: null };
    const sealing = { sealingKey: this.#sealingKey, createdMs: this.#clock.nowMs() };
    return encodeAccessKey(newAccessKey(owner, credential.secretAccessKey, sealing));
  }
}

function sameSecret(a: SecretBytes, b: SecretBytes): boolean {
  return a.sizeBytes === b.sizeBytes && timingSafeEqual(a.expose(), b.expose());
}
