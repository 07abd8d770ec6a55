import type { S3Error } from "../errors.ts";
import type { S3Request } from "./s3-request.ts";

/** A request whose sender is known and whose answer is ready. */
export interface ServedRequest {
  readonly operation: string;
  readonly request: S3Request;
  /** null: it is answered as asked. */
  readonly error: S3Error | null;
}

/** Where calls are recorded before they are answered. */
export interface S3Audit {
  /** null: a record of this call could be taken, or none is. Awaited before anything is done; a rejection refuses it. */
  ready(operation: string, request: S3Request): Promise<void> | null;
  /** null: the call is not one that is recorded. A rejection fails the request: it is not answered. */
  record(served: ServedRequest): Promise<void> | null;
}
