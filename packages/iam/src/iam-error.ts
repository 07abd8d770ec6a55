import { ServiceError } from "@strongroom/base";

export type IamErrorCode =
  | "InvalidAccountName"
  | "AccountExists"
  | "InvalidCredentials"
  | "DefaultCredentials"
  | "CredentialInUse"
  | "ConcurrentModification"
  | "Tampered"
  | "Malformed";

/** Refusals of this package. Messages never hold a secret. */
export class IamError extends ServiceError<IamErrorCode> {}
