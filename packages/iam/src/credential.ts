import type { SecretBytes } from "@strongroom/base";
import type { Account } from "./account.ts";
import type { RootPrincipal, UserPrincipal } from "./principal.ts";

/** What a signature is checked against, and whose it is. The store owns the secret: do not wipe it. */
export interface Credential {
  readonly accessKeyId: string;
  readonly secretAccessKey: SecretBytes;
  readonly account: Account;
  readonly principal: RootPrincipal | UserPrincipal;
}

/** A credential as its maker gets it, once. The caller owns and wipes the secret. */
export interface NewCredential {
  readonly accessKeyId: string;
  readonly secretAccessKey: SecretBytes;
}
