export { AuditError, type AuditErrorCode } from "./audit-error.ts";
export { type AuditKeys, deriveAuditKeys } from "./audit-keys.ts";
export {
  type DeliveredDigest,
  type DeliveredFile,
  type Delivery,
  type DeliveryOptions,
  deliverDigest,
} from "./delivery.ts";
export { type Digest, parseWitness, printSignedDigest, type SignedDigest } from "./digest.ts";
export { DigestMaker, type DigestMakerOptions } from "./digest-maker.ts";
export {
  type AuditEvent,
  type EventFields,
  type EventResource,
  type EventValue,
  printEventTime,
} from "./event.ts";
export { findDigest, listDigests } from "./find-digest.ts";
export type { Finding } from "./judge-writer.ts";
export { type FoundEvent, type LookupPosition, readTrail } from "./lookup.ts";
export { TrailWriter, type TrailWriterOptions } from "./trail-writer.ts";
export { type Verification, verifyTrail } from "./verify-trail.ts";
