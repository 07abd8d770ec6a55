import { s3Error } from "../errors.ts";
import type { RawRequest } from "./read-request.ts";

/** Answers `OPTIONS`: no bucket allows other origins, and which buckets exist is nobody's business. */
export function refusePreflight(request: RawRequest): never {
  if (request.headers.get("origin") === undefined) {
    throw s3Error("BadRequest", { message: "Insufficient information. Origin request header needed." });
  }
  throw s3Error("AccessForbidden", {
    fields: {
      Method: request.headers.get("access-control-request-method") ?? request.method,
      ResourceType: request.level === "object" ? "OBJECT" : "BUCKET",
    },
  });
}
