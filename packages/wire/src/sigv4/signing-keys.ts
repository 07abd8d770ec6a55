import type { KeyObject } from "node:crypto";
import type { SecretBytes } from "@strongroom/base";
import type { CredentialScope } from "./request-signature.ts";

/** Derives SigV4 signing keys and keeps the last `capacity` of them. */
export class SigningKeys {
  constructor(_capacity = 1024) {}

  signingKey(_accessKeyId: string, _secretAccessKey: SecretBytes, _scope: CredentialScope): KeyObject {
    throw new Error("unbuilt");
  }
}
