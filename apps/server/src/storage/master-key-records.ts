import type { RecordStore } from "@strongroom/iam";
import type { MasterKeyStore, SealedMasterKey } from "@strongroom/kms";
import { ServerError } from "../server-error.ts";

const PREFIX = Buffer.from("server/master-key/");
const CREATED_OFFSET = 4;
const SEALED_OFFSET = 12;

/** Sealed SSE-S3 master keys as records: version (u32) ‖ created (u64, milliseconds) ‖ sealed key. */
export function masterKeyRecords(records: RecordStore): MasterKeyStore {
  return {
    load: async () => (await records.list(PREFIX)).map(decode),
    append: (record) => {
      const key = keyOf(record.version);
      return records.change([{ key, value: encode(record) }], [key]);
    },
    replace: async (record) => {
      await records.commit([{ key: keyOf(record.version), value: encode(record) }], []);
    },
  };
}

/** Fixed width, so that key order is version order. */
function keyOf(version: number): Buffer {
  return Buffer.concat([PREFIX, Buffer.from(String(version).padStart(10, "0"))]);
}

function encode(record: SealedMasterKey): Buffer {
  const out = Buffer.alloc(SEALED_OFFSET + record.sealed.length);
  out.writeUInt32BE(record.version, 0);
  out.writeBigUInt64BE(BigInt(record.createdMs), CREATED_OFFSET);
  out.set(record.sealed, SEALED_OFFSET);
  return out;
}

function decode(value: Uint8Array): SealedMasterKey {
  const bytes = Buffer.from(value);
  if (bytes.length <= SEALED_OFFSET)
    throw new ServerError("Tampered", "integrity", "a master key record is too short");
  return {
    version: bytes.readUInt32BE(0),
    createdMs: Number(bytes.readBigUInt64BE(CREATED_OFFSET)),
    sealed: bytes.subarray(SEALED_OFFSET),
  };
}
