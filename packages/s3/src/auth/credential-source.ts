import type { SecretBytes } from "@strongroom/base";
import type { Caller } from "../http/s3-request.ts";

/** One access key: what its requests are signed with, and whom they speak for. */
export interface Credential {
  /** Owned by the source; never wiped or kept by the S3 layer beyond the request. */
  readonly secret: SecretBytes;
  readonly caller: Caller;
  /** Called once a signature made with it was verified; never throws. */
  readonly onVerified?: () => void;
}

/** Where access keys and accounts are looked up. */
export interface CredentialSource {
  /**
   * null: no such access key, it is not active, or it is a session's and no token came with it. `securityToken` is as
   * sent, unverified; null when none was. Throws `SessionTokenError` for a token that does not open or has expired.
   */
  find(accessKeyId: string, securityToken: string | null): Promise<Credential | null>;
  /** The account behind an owner id that S3 shows; null when it is gone. */
  findAccountId(canonicalUserId: string): Promise<string | null>;
}
