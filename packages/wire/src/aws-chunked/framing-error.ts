import { WireError } from "../wire-error.ts";

/** The framing is broken or stops before its end. */
export function truncatedBody(): WireError {
  return new WireError("IncompleteBody", "The request body terminated unexpectedly");
}

/** The data is not as long as x-amz-decoded-content-length says. */
export function wrongDecodedSize(): WireError {
  const message = "You did not provide the number of bytes specified by the Content-Length HTTP header";
  return new WireError("IncompleteBody", message);
}

export function malformedTrailer(): WireError {
  return new WireError(
    "MalformedTrailerError",
    "The request contained trailing data that was not well-formed or did not conform to our published schema.",
  );
}
