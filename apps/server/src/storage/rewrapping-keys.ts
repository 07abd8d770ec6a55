import { type KeyService, type KmsCaller, KmsError, materialNumberOf } from "@strongroom/kms";
import { type KeyContext, KeyServiceError, type KmsEncryption } from "@strongroom/store";
import type { AuditedKeyService } from "../audit/kms-events.ts";
import { ownerCaller } from "../jobs/owner-caller.ts";
import type { RewrappingKeys } from "../processes/kms-rewrap-job.ts";
import type { KmsRewrapRun } from "./kms-rewrap-record.ts";

export interface RewrappingKeysOptions {
  readonly keyService: Pick<KeyService, "findCurrentMaterial">;
  /** Each use is on the trail before it counts. */
  readonly audited: Pick<AuditedKeyService, "execute">;
  readonly region: string;
}

const ARN = /^arn:aws:kms:([a-z0-9-]+):(\d{12}):(?:key|alias)\/[A-Za-z0-9/_-]+$/;
/** Wrapped keys of buckets: each is asked for once, for all objects under it. */
const KEPT = 1_000;

/**
 * The key service for the rewrap job: ReEncrypt, through S3, in the name of the root of the account that owns the key. Key
 * policies decide, as they do for anybody: where they give the account's root nothing, nothing is wrapped anew.
 */
export function rewrappingKeys(options: RewrappingKeysOptions): RewrappingKeys {
  const done = new Map<string, Promise<Uint8Array>>();
  return {
    findCurrentMaterial: (keyArn) =>
      options.keyService.findCurrentMaterial(ownerOf(keyArn, options.region), keyArn),
    rewrapping: (run) => ({
      isOld: (encryption) => isOld(run, encryption),
      wrapAnew: async (encryption, context) => {
        const ask = (): Promise<Uint8Array> => reEncrypt(options, run, encryption, context);
        const wrappedKey = await (usesBucketKey(encryption)
          ? once(done, run, encryption, context, ask)
          : ask());
        return { keyArn: run.toKeyArn, wrappedKey };
      },
    }),
  };
}

function isOld(
  { keyArn, toKeyArn, toMaterialNumber }: KmsRewrapRun,
  encryption: Pick<KmsEncryption, "keyArn" | "wrappedKey">,
): boolean {
  if (encryption.keyArn !== keyArn) return false;
  return keyArn !== toKeyArn || materialNumberOf(encryption.wrappedKey) < toMaterialNumber;
}

const usesBucketKey = (encryption: KmsEncryption): boolean =>
  encryption.scheme === "sse-kms" && encryption.bucketKey;

function once(
  done: Map<string, Promise<Uint8Array>>,
  { toKeyArn }: KmsRewrapRun,
  { wrappedKey }: KmsEncryption,
  context: KeyContext,
  ask: () => Promise<Uint8Array>,
): Promise<Uint8Array> {
  const name = JSON.stringify([toKeyArn, Buffer.from(wrappedKey).toString("base64"), context]);
  const known = done.get(name);
  if (known !== undefined) return known;
  const asked = ask();
  // A refusal is not kept.
  asked.catch(() => done.delete(name));
  const oldest = done.size >= KEPT ? done.keys().next() : null;
  if (oldest !== null && oldest.done !== true) done.delete(oldest.value);
  done.set(name, asked);
  return asked;
}

async function reEncrypt(
  { audited, region }: RewrappingKeysOptions,
  { keyArn, toKeyArn }: KmsRewrapRun,
  { wrappedKey }: KmsEncryption,
  context: KeyContext,
): Promise<Uint8Array> {
  const input = {
    CiphertextBlob: Buffer.from(wrappedKey).toString("base64"),
    SourceKeyId: keyArn,
    SourceEncryptionContext: context,
    DestinationKeyId: toKeyArn,
    DestinationEncryptionContext: context,
  };
  try {
    const output = await audited.execute("ReEncrypt", input, ownerOf(keyArn, region));
    const wrapped: unknown = output?.["CiphertextBlob"];
    if (wrapped instanceof Uint8Array) return wrapped;
    throw new TypeError("ReEncrypt answered no ciphertext");
  } catch (error) {
    if (!(error instanceof KmsError)) throw error;
    // What this server kept itself, and no client sent, is not what it was.
    const isWrong = error.code === "InvalidCiphertextException" || error.code === "IncorrectKeyException";
    throw new KeyServiceError(error.code, isWrong ? "integrity" : error.kind, error.message, error);
  }
}

/** The root of the account that owns a key. */
function ownerOf(keyArn: string, region: string): KmsCaller {
  const [, keyRegion = region, accountId = ""] = ARN.exec(keyArn) ?? [];
  return ownerCaller(accountId, keyRegion);
}
