export type * from "./blobs/blob-store-port.ts";
export { BlobMissingError } from "./blobs/blob-store-port.ts";
export * from "./index/index-port.ts";
export * from "./model.ts";
export * from "./object-store.ts";
export { StoreError, type StoreErrorCode } from "./store-error.ts";
