import { type AuditKeys, readTrail } from "@strongroom/audit";
import { systemClock } from "@strongroom/base";
import {
  type AccountStore,
  type IdentityStore,
  joinContexts,
  mapContext,
  requestContext,
} from "@strongroom/iam";
import { type KeyService, KmsError } from "@strongroom/kms";
import { type AuthorizerDeps, type Caller, findReadDenial } from "@strongroom/s3";
import type { StoredVersion } from "@strongroom/store";
import { type AuditScope, inAuditScope } from "./audit-scope.ts";
import { everyCaller } from "./readers.ts";

/** One principal that could read the object now, and why. */
export interface PossibleReader {
  readonly principal: string;
  /** What allowed s3:GetObject, and kms:Decrypt where a key of the key service seals the object. */
  readonly because: readonly string[];
}

/** One event of the trail that tells of a read, or of an opened key. */
export interface PastRead {
  readonly time: string;
  readonly principal: string;
  readonly sourceIp: string;
  /** `s3:GetObject`, or `kms:Decrypt` for the object's key or its bucket's. */
  readonly what: string;
  readonly eventId: string;
}

export interface ReadExplanation {
  readonly object: string;
  readonly keyArn: string | null;
  /** Supposing a request over TLS from this address, without a session policy. */
  readonly sourceIp: string;
  readonly couldNow: readonly PossibleReader[];
  readonly didRead: readonly PastRead[];
}

/** What is asked. Decisions are noted by `NotedAuthorization`, on which access and key service are to be built. */
export interface ExplainParts {
  readonly accounts: Pick<AccountStore, "listAccounts">;
  readonly identities: IdentityStore;
  readonly access: AuthorizerDeps;
  readonly keyService: Pick<KeyService, "execute">;
  /** Of the trail. */
  readonly folder: string;
  readonly keys: AuditKeys;
}

export interface SupposedPlace {
  readonly bucket: string;
  readonly objectKey: string;
  readonly sourceIp: string;
}

/**
 * Who could read an object now, by asking for everybody what a request would ask, and who did, by the trail. Opens
 * nothing and leaves no event. Throws S3Error and StoreError where there is no such object.
 */
export async function explainRead(parts: ExplainParts, supposed: SupposedPlace): Promise<ReadExplanation> {
  const { bucket, objectKey, sourceIp } = supposed;
  const { accounts, identities, access, keyService } = parts;
  const version = await access.store.readVersion({ bucket, objectKey });
  const couldNow: PossibleReader[] = [];
  for await (const caller of everyCaller(await accounts.listAccounts(), identities)) {
    const scope = emptyScope(sourceIp);
    const isAllowed = await inAuditScope(
      scope,
      async () =>
        (await findReadDenial(access, { caller, ...supposed })) === null &&
        (await mayDecrypt(keyService, access.region, caller, supposed, version)),
    );
    if (!isAllowed) continue;
    const { principal } = caller;
    const name = principal.kind === "role-session" ? principal.roleArn : caller.arn;
    couldNow.push({ principal: name, because: reasons(scope) });
  }
  const { encryption } = version;
  const keyArn = "keyArn" in encryption ? encryption.keyArn : null;
  const object = `arn:aws:s3:::${bucket}/${objectKey}`;
  return { object, keyArn, sourceIp, couldNow, didRead: await pastReads(parts, supposed) };
}

/** Asked of the key service as S3 would, without opening anything. True where no key of it is needed. */
async function mayDecrypt(
  keyService: Pick<KeyService, "execute">,
  region: string,
  caller: Caller,
  { bucket, objectKey, sourceIp }: SupposedPlace,
  { encryption }: StoredVersion,
): Promise<boolean> {
  if (!("keyArn" in encryption)) return true;
  const { principal } = caller;
  if (principal.kind === "anonymous") return false;
  const arn = `arn:aws:s3:::${bucket}`;
  const ofBucket = encryption.scheme === "sse-kms" && encryption.bucketKey;
  const facts = {
    sourceIp,
    secure: true,
    tlsVersion: "1.3",
    nowMs: systemClock.nowMs(),
    region,
    userAgent: null,
  };
  const via = mapContext({ "aws:viaawsservice": ["true"] });
  try {
    await keyService.execute(
      "Decrypt",
      {
        CiphertextBlob: Buffer.from(encryption.wrappedKey).toString("base64"),
        KeyId: encryption.keyArn,
        EncryptionContext: {
          ...encryption.context,
          "aws:s3:arn": ofBucket ? arn : `${arn}/${objectKey}`,
        },
        DryRun: true,
      },
      {
        principal,
        accountId: caller.accountId,
        region,
        context: joinContexts(via, requestContext(facts, { principal, session: null }, mapContext({}))),
        viaService: `s3.${region}.amazonaws.com`,
        sessionPolicies: null,
      },
    );
  } catch (error) {
    if (!(error instanceof KmsError)) throw error;
    return error.code === "DryRunOperationException";
  }
  return false;
}

/** The statement, grant or right of a root that let each question pass. */
function reasons({ decisions }: AuditScope): readonly string[] {
  return decisions.flatMap(({ action, decision, alsoAllowedBy }) => {
    if (!decision.allowed) return [];
    const { by } = decision;
    if (by !== null) {
      return [`${action}: statement ${by.statement} of the ${by.policyKind} policy ${by.policyName}`];
    }
    return [`${action}: ${alsoAllowedBy ?? "the account's root needs no policy"}`];
  });
}

async function pastReads(
  { folder, keys }: ExplainParts,
  supposed: SupposedPlace,
): Promise<readonly PastRead[]> {
  const bucketArn = `arn:aws:s3:::${supposed.bucket}`;
  const objectArn = `${bucketArn}/${supposed.objectKey}`;
  const found: PastRead[] = [];
  const range = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER };
  for await (const { text } of readTrail(folder, keys, range)) {
    // Most events are about something else: they need not be parsed to know it.
    if (!text.includes(bucketArn) || text.includes('"errorCode"')) continue;
    const event: Record<string, unknown> = fieldsOf(JSON.parse(text));
    const what = readTold(event, objectArn, bucketArn);
    if (what === null) continue;
    found.push({
      time: String(event["eventTime"]),
      principal: String(fieldsOf(event["userIdentity"])["arn"] ?? "anonymous"),
      sourceIp: String(event["sourceIPAddress"]),
      what,
      eventId: String(event["eventID"]),
    });
  }
  return found;
}

function readTold(event: Record<string, unknown>, objectArn: string, bucketArn: string): string | null {
  const { eventName, resources, requestParameters } = event;
  if (eventName === "GetObject" && Array.isArray(resources)) {
    const isIt = resources.some((resource) => fieldsOf(resource)["ARN"] === objectArn);
    return isIt ? "s3:GetObject" : null;
  }
  if (eventName !== "Decrypt") return null;
  const context = fieldsOf(fieldsOf(requestParameters)["encryptionContext"]);
  if (context["aws:s3:arn"] === objectArn) return "kms:Decrypt";
  return context["aws:s3:arn"] === bucketArn ? "kms:Decrypt of the bucket's key" : null;
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function emptyScope(sourceIp: string): AuditScope {
  return {
    transport: { sourceIp, secure: true, tlsVersion: "1.3" },
    userAgent: "",
    host: null,
    cipherSuite: null,
    requestId: null,
    accessKeyId: null,
    session: null,
    decisions: [],
  };
}
