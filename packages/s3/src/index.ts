export type { FoundPrincipal, PrincipalDirectory } from "./access/bound-principals.ts";
export type { AccessLog } from "./access-logs/access-log.ts";
export { LogDelivery, type LogDeliveryDeps } from "./access-logs/log-delivery.ts";
export { isPartitionedByEvent } from "./access-logs/log-object-key.ts";
export type { LogStream } from "./access-logs/logging-configuration.ts";
export type { AccessDecider } from "./auth/access-decider.ts";
export type { AuthorizerDeps } from "./auth/authorize.ts";
export type { Credential, CredentialSource } from "./auth/credential-source.ts";
export { findReadDenial, type SupposedRead } from "./auth/would-read.ts";
export { S3KeyRequester } from "./encryption/request-keys.ts";
export { S3Error, type S3ErrorCode } from "./errors.ts";
export type { BucketEncryption } from "./http/bucket-encryption.ts";
export { connectionFacts } from "./http/connection-facts.ts";
export type { S3Audit, ServedRequest } from "./http/s3-audit.ts";
export type { Caller, S3Request } from "./http/s3-request.ts";
export {
  type AnsweredRequest,
  createS3Service,
  type IntegrityFailure,
  type RequestLog,
  type S3Service,
  type S3ServiceDeps,
} from "./http/s3-service.ts";
export { type OnRequest, SERVER_OPTIONS, serveRequests } from "./http/serve.ts";
export {
  INVENTORY_DOCUMENT,
  type InventoryConfiguration,
  parseStoredInventories,
} from "./inventory/inventory-configuration.ts";
export { inventoryRow, inventorySchema } from "./inventory/inventory-rows.ts";
export { eventDocument, testEventDocument } from "./notifications/event-document.ts";
export { eventSubscriptions } from "./notifications/subscriptions.ts";
