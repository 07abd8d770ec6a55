import { rewrapDataKey } from "@strongroom/envelope";
import { type BodyName, bodyContext } from "../bodies/body-context.ts";
import type { SealedBody } from "../records.ts";
import type { ObjectEncryption } from "./encryption.ts";
import type { ObjectKeyrings } from "./encryptor.ts";

/** One side of wrapping anew: how the object is encrypted, and the keys at hand for it. */
export interface Wrapping {
  readonly encryption: ObjectEncryption;
  readonly keyrings: ObjectKeyrings;
}

/**
 * The same body with its data key wrapped for `to`. The sealed bytes stay as they are, and so must the number of
 * layers. Throws what opening under `from` throws.
 */
export async function wrapBodyAnew(
  body: SealedBody,
  name: BodyName,
  from: Wrapping,
  to: Wrapping,
): Promise<SealedBody> {
  const encryptedDataKey = await rewrapDataKey(
    body.encryptedDataKey,
    { keyring: from.keyrings.inner, context: bodyContext(from.encryption, name) },
    { keyring: to.keyrings.inner, context: bodyContext(to.encryption, name) },
  );
  if (body.outerDataKey === undefined || from.keyrings.outer === null || to.keyrings.outer === null) {
    return { ...body, encryptedDataKey };
  }
  const outerDataKey = await rewrapDataKey(
    body.outerDataKey,
    { keyring: from.keyrings.outer, context: bodyContext(from.encryption, name, "outer") },
    { keyring: to.keyrings.outer, context: bodyContext(to.encryption, name, "outer") },
  );
  return { ...body, encryptedDataKey, outerDataKey };
}
