import type { KeyObject } from "node:crypto";
import type { Clock, SecretBytes } from "@strongroom/base";
import type { Account } from "../account.ts";
import type { AccountStore } from "../account-store.ts";
import type { IdentityStore } from "../identities/identity-store.ts";
import type { NamedPolicy } from "../policy/authorization.ts";
import { parsePolicyDocument } from "../policy/parse-policy-document.ts";
import type { Principal } from "../principal.ts";
import type { Session } from "./session.ts";
import type { SessionFacts } from "./session-facts.ts";
import { findSessionPrincipal } from "./session-principal.ts";
import { type OpenedSession, openSessionToken } from "./session-token.ts";
import { SessionTokenError } from "./session-token-error.ts";

/** What a signature is checked against, and for whom it speaks: a long-lived key or a session. */
export interface CallerCredential {
  readonly accessKeyId: string;
  /** Owned by whoever keeps it here: do not wipe it. */
  readonly secretAccessKey: SecretBytes;
  readonly account: Account;
  readonly principal: Principal;
  /** null: a long-lived key. */
  readonly session: SessionFacts | null;
}

export interface CallerCredentialsOptions {
  readonly accounts: Pick<AccountStore, "findCredential" | "findAccount">;
  readonly identities: Pick<IdentityStore, "generation" | "reader" | "findPolicyText" | "compile">;
  /** The session sealing key. */
  readonly sealingKey: KeyObject;
  readonly clock: Clock;
}

/** What stays the same as long as no identity changes. */
interface Kept {
  readonly opened: OpenedSession;
  readonly generation: number;
  readonly credential: CallerCredential;
}

const CAPACITY = 2_000;

/** The one place where access keys and session tokens become callers, for every service. */
export class CallerCredentials {
  readonly #options: CallerCredentialsOptions;
  /** By token; a Map iterates in the order of insertion, so the first is the oldest. */
  readonly #sessions = new Map<string, Kept>();

  constructor(options: CallerCredentialsOptions) {
    this.#options = options;
  }

  /**
   * The credential behind an access key id and the token that came with it (null: none did). null when there is no such
   * key, it is inactive, or it is a session's and its token is missing. Throws `SessionTokenError` for a token that
   * does not open for this access key id, has expired, or whose holder is gone.
   */
  async find(accessKeyId: string, securityToken: string | null): Promise<CallerCredential | null> {
    if (securityToken !== null) return this.#findSession(accessKeyId, securityToken);
    const credential = await this.#options.accounts.findCredential(accessKeyId);
    return credential === null ? null : { ...credential, session: null };
  }

  async #findSession(accessKeyId: string, token: string): Promise<CallerCredential> {
    const kept = this.#sessions.get(token);
    const known = kept?.credential.accessKeyId === accessKeyId ? kept : null;
    const opened = known?.opened ?? openSessionToken(this.#options.sealingKey, accessKeyId, token);
    if (this.#options.clock.nowMs() >= opened.session.expiresMs) {
      this.#sessions.delete(token);
      throw new SessionTokenError("ExpiredToken");
    }
    const generation = await this.#options.identities.generation.current();
    if (known !== null && known.generation === generation) return known.credential;
    const credential = await this.#resolve(accessKeyId, opened);
    this.#keep(token, { opened, generation, credential });
    return credential;
  }

  async #resolve(accessKeyId: string, opened: OpenedSession): Promise<CallerCredential> {
    const { accounts, identities } = this.#options;
    const { session, secretAccessKey } = opened;
    const account = await accounts.findAccount(session.holder.accountId);
    const principal =
      account === null ? null : await findSessionPrincipal(session, account, identities.reader);
    if (account === null || principal === null) throw new SessionTokenError("InvalidToken");
    const facts: SessionFacts = {
      issuedMs: session.issuedMs,
      expiresMs: session.expiresMs,
      policies: await this.#policiesOf(session),
      mfaAuthenticatedMs: session.mfaAuthenticatedMs,
      tags: session.tags,
      transitiveTagKeys: session.transitiveTagKeys,
      sourceIdentity: session.sourceIdentity,
      conditionKeys: session.conditionKeys,
    };
    return { accessKeyId, secretAccessKey, account, principal, session: facts };
  }

  async #policiesOf(session: Session): Promise<readonly NamedPolicy[] | null> {
    const { identities } = this.#options;
    const { policyText, policyArns, holder } = session;
    // A federated user for whom no policy was given may do nothing by its issuer's rights (GetFederationToken).
    if (policyText === null && policyArns.length === 0) return holder.kind === "federated-user" ? [] : null;
    const policies: NamedPolicy[] = [];
    if (policyText !== null)
      policies.push({
        name: "session policy",
        document: parsePolicyDocument(policyText, { kind: "session" }),
      });
    for (const arn of policyArns) {
      const text = await identities.findPolicyText(holder.accountId, arn);
      // The policy was deleted since. It may have been the one that denies: nothing is allowed any more.
      if (text === null) return [];
      policies.push({ name: arn, document: identities.compile("identity", text) });
    }
    return policies;
  }

  #keep(token: string, kept: Kept): void {
    this.#sessions.delete(token);
    this.#sessions.set(token, kept);
    if (this.#sessions.size <= CAPACITY) return;
    const [oldest] = this.#sessions.keys();
    if (oldest !== undefined) this.#sessions.delete(oldest);
  }
}
