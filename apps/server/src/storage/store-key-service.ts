import { type ConditionContext, joinContexts, mapContext, requestContext } from "@strongroom/iam";
import { type KmsCaller, KmsError } from "@strongroom/kms";
import { S3KeyRequester, type S3Request } from "@strongroom/s3";
import { type KeyRequester, KeyServiceError, type KeyService as StoreKeyService } from "@strongroom/store";
import { noteRequestId } from "../audit/audit-scope.ts";
import type { AuditedKeyService } from "../audit/kms-events.ts";

export interface StoreKeyServiceOptions {
  readonly keyService: Pick<AuditedKeyService, "generateDataKey" | "decrypt">;
  readonly region: string;
  readonly nowMs: () => number;
  /** Changes whenever an identity, a policy, a key or a grant changed. */
  readonly generation: () => Promise<string>;
}

/**
 * The key service as the engine wants to see it: asked by S3 in the name of whoever sent the request, with
 * `kms:ViaService` set here and nowhere else.
 */
export function storeKeyService(options: StoreKeyServiceOptions): StoreKeyService {
  const { keyService } = options;
  return {
    generation: options.generation,
    async generateDataKey({ requester, keyId, context }) {
      const caller = callerFor(requester, options);
      const made = await refusing(keyService.generateDataKey({ caller, keyId, encryptionContext: context }));
      return { keyArn: made.keyArn, plaintext: made.plaintext, wrappedKey: made.ciphertextBlob };
    },
    async decrypt({ requester, keyArn, context, wrappedKey }) {
      const caller = callerFor(requester, options);
      const request = { caller, keyId: keyArn, encryptionContext: context, ciphertextBlob: wrappedKey };
      const opened = await refusing(keyService.decrypt(request), STORED_WRONG);
      return opened.plaintext;
    },
  };
}

function callerFor(requester: KeyRequester, { region, nowMs }: StoreKeyServiceOptions): KmsCaller {
  if (!(requester instanceof S3KeyRequester)) throw new TypeError("the key service is asked by S3 alone");
  requester.requireEligible();
  const { request } = requester;
  noteRequestId(request.requestId);
  const { caller, sourceIp, secure, tlsVersion } = request;
  const { principal, session } = caller;
  if (principal.kind === "anonymous") throw new TypeError("an eligible request is signed");
  const facts = {
    sourceIp,
    secure,
    tlsVersion,
    nowMs: nowMs(),
    region,
    userAgent: request.header("user-agent") ?? null,
  };
  return {
    principal,
    accountId: caller.accountId,
    region,
    context: joinContexts(VIA_S3, requestContext(facts, { principal, session }, servedFor(request))),
    viaService: `s3.${region}.amazonaws.com`,
    sessionPolicies: session?.policies ?? null,
  };
}

/** Of what a service does for a resource, and not for anybody who sent a request. */
function servedFor({ servedSource }: S3Request): ConditionContext {
  if (servedSource === undefined) return mapContext({});
  const { arn, accountId } = servedSource;
  return mapContext({ "aws:sourcearn": [arn], "aws:sourceaccount": [accountId] });
}

/** Of a request that S3 makes in its caller's name. */
const VIA_S3 = mapContext({
  "aws:viaawsservice": ["true"],
  "aws:calledvia": ["s3.amazonaws.com"],
  "aws:calledviafirst": ["s3.amazonaws.com"],
  "aws:calledvialast": ["s3.amazonaws.com"],
});

/** Refusals of what this server kept itself, and no client sent: it is not what it was. */
export const STORED_WRONG: ReadonlySet<string> = new Set([
  "InvalidCiphertextException",
  "IncorrectKeyException",
]);

async function refusing<T>(asked: Promise<T>, faults: ReadonlySet<string> = new Set()): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    if (!(error instanceof KmsError)) throw error;
    const kind = faults.has(error.code) ? "integrity" : error.kind;
    throw new KeyServiceError(error.code, kind, error.message, error);
  }
}
