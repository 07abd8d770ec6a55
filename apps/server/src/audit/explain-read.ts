import { readTrail } from "@strongroom/audit";
import { systemClock } from "@strongroom/base";
import { AccessKeyUses, joinContexts, mapContext, requestContext } from "@strongroom/iam";
import { type KeyService, KmsError } from "@strongroom/kms";
import { type AuthorizerDeps, type Caller, findReadDenial } from "@strongroom/s3";
import type { ObjectStore, StoredVersion } from "@strongroom/store";
import { createObjectStore } from "@strongroom/store";
import { composeEngine, composeKeyService } from "../compose.ts";
import type { Config } from "../config.ts";
import { s3Credentials } from "../http/s3-credentials.ts";
import { createLog } from "../log.ts";
import { Metrics } from "../metrics.ts";
import type { Vault } from "../vault.ts";
import { auditFolder } from "./audit-folder.ts";
import { type AuditScope, inAuditScope, NotedAuthorization, NotedCredentials } from "./audit-scope.ts";
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

interface Supposed {
  readonly bucket: string;
  readonly objectKey: string;
  readonly sourceIp: string;
}

/**
 * Who could read an object now, by asking for everybody what a request would ask, and who did, by the trail. Opens
 * nothing and leaves no event. Throws S3Error and StoreError where there is no such object.
 */
export async function explainRead(
  vault: Vault,
  config: Config,
  supposed: Supposed,
): Promise<ReadExplanation> {
  const { bucket, objectKey, sourceIp } = supposed;
  const authorization = new NotedAuthorization(vault.identities);
  const store = openStore(vault, config);
  const version = await store.readVersion({ bucket, objectKey });
  const keyService = composeKeyService({ config, vault }, authorization);
  const deps = authorizerDeps(vault, config, store, authorization);
  const couldNow: PossibleReader[] = [];
  for await (const caller of everyCaller(await vault.accounts.listAccounts(), vault.identities)) {
    const scope = emptyScope(sourceIp);
    const isAllowed = await inAuditScope(
      scope,
      async () =>
        (await findReadDenial(deps, { caller, ...supposed })) === null &&
        (await mayDecrypt(keyService, config.region, caller, supposed, version)),
    );
    if (!isAllowed) continue;
    const { principal } = caller;
    const name = principal.kind === "role-session" ? principal.roleArn : caller.arn;
    couldNow.push({ principal: name, because: reasons(scope) });
  }
  const { encryption } = version;
  const keyArn = "keyArn" in encryption ? encryption.keyArn : null;
  const object = `arn:aws:s3:::${bucket}/${objectKey}`;
  return { object, keyArn, sourceIp, couldNow, didRead: await pastReads(vault, config, supposed) };
}

function openStore(vault: Vault, config: Config): ObjectStore {
  const log = createLog("error");
  const isLive = (): boolean => true;
  return createObjectStore(
    composeEngine({ config, vault, log, metrics: new Metrics(), incarnation: "explain", isLive }),
  );
}

function authorizerDeps(
  vault: Vault,
  config: Config,
  store: ObjectStore,
  decider: NotedAuthorization,
): AuthorizerDeps {
  const { accounts, identities, records, sessionSealingKey: sealingKey } = vault;
  const clock = systemClock;
  const credentials = new NotedCredentials({ accounts, identities, sealingKey, clock });
  const uses = new AccessKeyUses({ records, clock, region: config.region });
  const { region } = config;
  return { store, credentials: s3Credentials(accounts, credentials, uses), decider, clock, region };
}

/** Asked of the key service as S3 would, without opening anything. True where no key of it is needed. */
async function mayDecrypt(
  keyService: KeyService,
  region: string,
  caller: Caller,
  { bucket, objectKey, sourceIp }: Supposed,
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

async function pastReads(vault: Vault, config: Config, supposed: Supposed): Promise<readonly PastRead[]> {
  const bucketArn = `arn:aws:s3:::${supposed.bucket}`;
  const objectArn = `${bucketArn}/${supposed.objectKey}`;
  const found: PastRead[] = [];
  const range = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER };
  for await (const { text } of readTrail(auditFolder(config.dataDir), vault.auditKeys, range)) {
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
