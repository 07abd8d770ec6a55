import { type AccessKey, decodeAccessKey } from "../access-key.ts";
import type { User } from "../identities/entities.ts";
import { accessKeyKey } from "../identities/entity-keys.ts";
import type { IdentityTransaction } from "../identities/identity-transaction.ts";
import type { IamCall } from "./operation.ts";
import { noSuchEntity, requireUser } from "./require-entity.ts";

/** A key and the user whose it is. Throws NoSuchEntity, also for keys of others. */
export async function requireAccessKey(
  transaction: IdentityTransaction,
  accountId: string,
  userName: string,
  accessKeyId: string,
): Promise<{ readonly user: User; readonly accessKey: AccessKey }> {
  const user = await requireUser(transaction, accountId, userName);
  const bytes = user.accessKeyIds.includes(accessKeyId)
    ? await transaction.read(accessKeyKey(accessKeyId))
    : null;
  if (bytes === null) throw noSuchEntity(`The Access Key with id ${accessKeyId} cannot be found.`);
  return { user, accessKey: decodeAccessKey(bytes) };
}

/** The user of this account whose key it is; null when there is none. */
export async function findOwner(call: IamCall, accessKeyId: string): Promise<User | null> {
  const bytes = await call.identities.records.get(accessKeyKey(accessKeyId));
  const accessKey = bytes === null ? null : decodeAccessKey(bytes);
  if (accessKey?.accountId !== call.accountId || accessKey.userId === null) return null;
  return call.identities.reader.findById("user", call.accountId, accessKey.userId);
}
