import type { KmsOperation } from "../kms-operation.ts";
import { createAlias } from "./create-alias.ts";
import { createKey } from "./create-key.ts";
import { decrypt } from "./decrypt.ts";
import { deleteAlias } from "./delete-alias.ts";
import { describeKey } from "./describe-key.ts";
import { encrypt } from "./encrypt.ts";
import { generateDataKey, generateDataKeyWithoutPlaintext } from "./generate-data-key.ts";
import { listAliases } from "./list-aliases.ts";
import { updateAlias } from "./update-alias.ts";

/** Every operation this service knows, as AWS names them. */
const OPERATIONS: readonly KmsOperation[] = [
  createAlias,
  createKey,
  decrypt,
  deleteAlias,
  describeKey,
  encrypt,
  generateDataKey,
  generateDataKeyWithoutPlaintext,
  listAliases,
  updateAlias,
];

const byName = new Map(OPERATIONS.map((operation) => [operation.name, operation]));

export function findOperation(name: string): KmsOperation | null {
  return byName.get(name) ?? null;
}
