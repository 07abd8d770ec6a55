/** The session is gone: what was asked can be asked again in another one. */
export class SessionLostError extends Error {
  override readonly name = "SessionLostError";
}

/** The token failed to open something and did not say whether that is because of what it was given. */
export class UnclearFailureError extends Error {
  override readonly name = "UnclearFailureError";
}
