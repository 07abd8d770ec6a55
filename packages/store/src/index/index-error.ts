import { ServiceError } from "@strongroom/base";

/**
 * Every way a driver refuses besides a failed check and a failed authentication.
 * `IndexFull`: no room, the batch is not applied and reads go on; `IndexUnavailable`: the storage below failed,
 * the batch is not applied; `InvalidRecord`: over a limit of docs/format/sealed-index.md.
 */
export type IndexErrorCode =
  | "IndexFull"
  | "IndexReadOnly"
  | "IndexClosed"
  | "IndexUnavailable"
  | "IndexMissing"
  | "InvalidRecord";

export class IndexError extends ServiceError<IndexErrorCode> {}
