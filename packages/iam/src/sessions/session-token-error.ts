import { type ErrorKind, ServiceError } from "@strongroom/base";

const KIND_BY_CODE = {
  /** Made by another server, changed, cut, sent with another access key id, or its principal is gone. */
  InvalidToken: "denied",
  ExpiredToken: "denied",
} as const satisfies Record<string, ErrorKind>;

export type SessionTokenErrorCode = keyof typeof KIND_BY_CODE;

const MESSAGES: Readonly<Record<SessionTokenErrorCode, string>> = {
  InvalidToken: "The session token is not a token of this server, or not one for this access key.",
  ExpiredToken: "The session token has expired.",
};

/** A session token that counts for nothing. The message never holds the token. */
export class SessionTokenError extends ServiceError<SessionTokenErrorCode> {
  constructor(code: SessionTokenErrorCode) {
    super(code, KIND_BY_CODE[code], MESSAGES[code]);
    this.name = "SessionTokenError";
  }
}
