import { WireError } from "../wire-error.ts";

/** S3 says the same for every fault of a document. */
export function malformedXml(cause?: unknown): WireError {
  const message = "The XML you provided was not well-formed or did not validate against our published schema";
  return new WireError("MalformedXML", message, {}, cause);
}
