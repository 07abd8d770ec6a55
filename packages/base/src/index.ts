export { encodePairs, encodeSequence } from "./canonical.ts";
export { type Clock, ManualClock, systemClock } from "./clock.ts";
export { MemoryRecordStore } from "./memory-record-store.ts";
export type { RecordChange, RecordCheck, RecordStore, StoredRecord } from "./record-store.ts";
export { SecretBytes } from "./secret-bytes.ts";
export { type ErrorKind, ServiceError } from "./service-error.ts";
