import { ServiceError } from "@strongroom/base";

export type QueryProtocolErrorCode = "MalformedQueryString" | "RequestEntityTooLarge";

/** A request of the query protocol that cannot be read. Named as AWS names it. */
export class QueryProtocolError extends ServiceError<QueryProtocolErrorCode> {
  constructor(code: QueryProtocolErrorCode, message: string, cause?: unknown) {
    super(code, "invalid", message, {}, cause);
    this.name = "QueryProtocolError";
  }
}
