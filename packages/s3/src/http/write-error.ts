import { ServiceError } from "@strongroom/base";
import { KeyServiceError, StoreError } from "@strongroom/store";
import { element, WireError, type XmlElement } from "@strongroom/wire";
import { S3Error, s3Error } from "../errors.ts";
import { type ErrorSubject, s3ErrorFromStore, s3ErrorFromWire } from "../errors-from-engine.ts";
import { s3ErrorFromKeyService } from "../errors-from-key-service.ts";
import type { RequestNames } from "./request-id.ts";
import type { S3Response } from "./s3-response.ts";

/** Any failure in S3's terms. What is not a known refusal becomes InternalError and tells the client nothing. */
export function s3ErrorFrom(error: unknown, subject: ErrorSubject): S3Error {
  if (error instanceof S3Error) return error;
  if (error instanceof StoreError) return s3ErrorFromStore(error, subject);
  if (error instanceof KeyServiceError) return s3ErrorFromKeyService(error);
  if (error instanceof WireError) return s3ErrorFromWire(error);
  if (error instanceof ServiceError && error.kind === "unavailable") {
    return s3Error("ServiceUnavailable", { cause: error });
  }
  return s3Error("InternalError", { cause: error });
}

/** True when stored bytes failed authentication somewhere below: to be alarmed, not only answered. */
export function isIntegrityFailure(error: unknown): boolean {
  for (let at = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth++) {
    if (at instanceof ServiceError && at.kind === "integrity") return true;
    if (at.name === "IndexIntegrityError") return true;
  }
  return false;
}

/** The Error document: no namespace; Code, Message, the error's own elements in order, RequestId, HostId. */
export function errorDocument(error: S3Error, names: RequestNames): XmlElement {
  return element("Error", [
    element("Code", error.code),
    element("Message", error.message),
    ...Object.entries(error.fields).map(([name, value]) => element(name, value)),
    element("RequestId", names.requestId),
    element("HostId", names.hostId),
  ]);
}

/** The only place where an error becomes a response. */
export function writeError(error: S3Error, names: RequestNames, response: S3Response): void {
  response.status(error.status);
  for (const [name, value] of Object.entries(error.headers)) response.header(name, value);
  if (error.status === 304) response.sendEmpty();
  else response.sendXml(errorDocument(error, names));
}
