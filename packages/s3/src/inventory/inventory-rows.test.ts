import assert from "node:assert/strict";
import { test } from "node:test";
import type { InventoryConfiguration } from "./inventory-configuration.ts";
import { inventoryRow, inventorySchema } from "./inventory-rows.ts";

const base: InventoryConfiguration = {
  id: "i",
  isEnabled: true,
  prefix: "",
  versions: "Current",
  frequency: "Daily",
  fields: ["LastModifiedDate", "EncryptionStatus", "ObjectOwner"],
  destination: { bucket: "reports", accountId: null, prefix: "", namesEncryption: false },
};

test("keys are percent-encoded, values are quoted, and a marker has nothing that only versions have", () => {
  const marker = {
    kind: "delete-marker",
    objectKey: 'a"b,c/ü',
    versionId: "null",
    isLatest: true,
    modifiedMs: Date.UTC(2026, 0, 2),
    ownerId: 'o"1',
  } as const;
  const row = inventoryRow(base, "b", marker);
  assert.equal(row, '"b","a%22b%2Cc%2F%C3%BC","2026-01-02T00:00:00.000Z","","o""1"\n');
  const all = { ...base, versions: "All" as const };
  assert.equal(inventoryRow(all, "b", marker).split(",")[2], '""');
  assert.equal(
    inventorySchema(all),
    "Bucket, Key, VersionId, IsLatest, IsDeleteMarker, LastModifiedDate, EncryptionStatus, ObjectOwner",
  );
});
