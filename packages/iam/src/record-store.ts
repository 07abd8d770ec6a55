export type { RecordChange, RecordCheck, RecordStore, StoredRecord } from "@strongroom/base";
