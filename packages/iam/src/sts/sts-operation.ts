import type { KeyObject } from "node:crypto";
import type { Clock } from "@strongroom/base";
import type { QueryParameters, XmlElement } from "@strongroom/wire";
import type { AccountStore } from "../account-store.ts";
import type { Authorization } from "../authorization.ts";
import type { IdentityStore } from "../identities/identity-store.ts";
import type { RequestFacts } from "../request-context.ts";
import type { CallerCredential } from "../sessions/caller-credentials.ts";
import type { WebIdentities } from "./web-identity/web-identities.ts";

/** What operations of STS may use; built once by the composition root. */
export interface StsServices {
  readonly accounts: Pick<AccountStore, "findCredential">;
  readonly identities: IdentityStore;
  readonly authorization: Authorization;
  readonly webIdentities: WebIdentities;
  /** The session sealing key. */
  readonly sealingKey: KeyObject;
  readonly clock: Clock;
}

/** One request, read but not validated. */
export interface StsRequest {
  readonly parameters: QueryParameters;
  readonly facts: RequestFacts;
}

/** One that was signed. */
export interface SignedStsRequest extends StsRequest {
  readonly caller: CallerCredential;
}

/** Children of `<…Result>`. */
export type StsResult = readonly (XmlElement | undefined)[];

/** One row of the STS table. `run` validates, authorizes and acts; it throws `StsError`. */
export type StsOperation =
  | {
      readonly name: string;
      readonly isSigned: true;
      run(request: SignedStsRequest, services: StsServices): Promise<StsResult>;
    }
  | {
      readonly name: string;
      /** The request's own proof stands in for a signature. */
      readonly isSigned: false;
      run(request: StsRequest, services: StsServices): Promise<StsResult>;
    };
