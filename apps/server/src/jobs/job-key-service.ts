import { type KmsCaller, KmsError } from "@strongroom/kms";
import { type KeyRequester, KeyServiceError, type KeyService as StoreKeyService } from "@strongroom/store";
import { inAuditScope } from "../audit/audit-scope.ts";
import type { AuditedKeyService } from "../audit/kms-events.ts";
import { STORED_WRONG } from "../storage/store-key-service.ts";
import { ownerCaller } from "./owner-caller.ts";

/** In whose name a job asks, and for which job. */
export class JobRequester implements KeyRequester {
  readonly accountId: string;
  readonly jobId: string;

  constructor(accountId: string, jobId: string) {
    this.accountId = accountId;
    this.jobId = jobId;
  }

  /** Jobs share no opened keys: each use is on the trail under the job it was for. */
  get name(): string {
    return `job ${this.jobId} of ${this.accountId}`;
  }
}

export interface JobKeyServiceOptions {
  readonly keyService: Pick<AuditedKeyService, "generateDataKey" | "decrypt">;
  readonly region: string;
  /** Changes whenever an identity, a policy, a key or a grant changed. */
  readonly generation: () => Promise<string>;
}

/** The key service as the engine sees it for a job: asked in the name of the bucket owner's account, each use on the trail. */
export function jobKeyService({ keyService, region, generation }: JobKeyServiceOptions): StoreKeyService {
  return {
    generation,
    generateDataKey: ({ requester, keyId, context }) =>
      asJob(requester, region, async (caller) => {
        const made = await keyService.generateDataKey({ caller, keyId, encryptionContext: context });
        return { keyArn: made.keyArn, plaintext: made.plaintext, wrappedKey: made.ciphertextBlob };
      }),
    decrypt: ({ requester, keyArn, context, wrappedKey }) =>
      asJob(
        requester,
        region,
        async (caller) => {
          const request = { caller, keyId: keyArn, encryptionContext: context, ciphertextBlob: wrappedKey };
          return (await keyService.decrypt(request)).plaintext;
        },
        STORED_WRONG,
      ),
  };
}

async function asJob<T>(
  requester: KeyRequester,
  region: string,
  ask: (caller: KmsCaller) => Promise<T>,
  faults: ReadonlySet<string> = new Set(),
): Promise<T> {
  if (!(requester instanceof JobRequester)) throw new TypeError("a job asks the key service");
  const caller = ownerCaller(requester.accountId, region);
  try {
    return await inJobScope(requester.jobId, () => ask(caller));
  } catch (error) {
    if (!(error instanceof KmsError)) throw error;
    const kind = faults.has(error.code) ? "integrity" : error.kind;
    throw new KeyServiceError(error.code, kind, error.message, error);
  }
}

/** Events of a job's calls tell which job it was, and what decided. */
export function inJobScope<T>(jobId: string, run: () => T): T {
  const scope = {
    transport: { sourceIp: "AWS Internal", secure: false, tlsVersion: null },
    userAgent: `strongroom-jobs/${jobId}`,
    ...{ host: null, cipherSuite: null, requestId: null, accessKeyId: null, session: null },
    decisions: [],
  };
  return inAuditScope(scope, run);
}
