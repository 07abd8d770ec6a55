import { ServiceError } from "@strongroom/base";

export type ServerErrorCode =
  | "DataFolderInUse"
  | "DataFolderUnusable"
  | "NotInitialised"
  | "AddressInUse"
  | "TlsUnusable"
  | "WorkersFailing"
  | "NoProof"
  | "MasterKeyInUse"
  | "Tampered"
  | "BucketOfAnother"
  | "Busy"
  | "NoSuchJob"
  | "JobState"
  | "InvalidJob"
  | "KeyRefused";

/** The server cannot start or go on. The message says what to do about it. */
export class ServerError extends ServiceError<ServerErrorCode> {}
