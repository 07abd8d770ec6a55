import { TrailWriter } from "@strongroom/audit";
import { type Clock, systemClock } from "@strongroom/base";
import { MasterKeyring } from "@strongroom/envelope";
import { AccessKeyUses, Authorization, createIamService, WebIdentities } from "@strongroom/iam";
import { KeyService } from "@strongroom/kms";
import {
  type BucketEncryption,
  createS3Service,
  eventSubscriptions,
  LogDelivery,
  type OnRequest,
} from "@strongroom/s3";
import {
  collectAllGarbage,
  createObjectStore,
  DEFAULT_LIMITS,
  Encryptor,
  type Engine,
  FileBlobStore,
  type KeyService as StoreKeyService,
  sweep,
} from "@strongroom/store";
import { GatheredLogs } from "./access-logs/gathered-logs.ts";
import { auditFolder } from "./audit/audit-folder.ts";
import { AuditLog } from "./audit/audit-log.ts";
import { NotedAuthorization, NotedCredentials } from "./audit/audit-scope.ts";
import { EventSelectors } from "./audit/event-selectors.ts";
import { explainRead, type ReadExplanation, type SupposedPlace } from "./audit/explain-read.ts";
import { auditedKeyService } from "./audit/kms-events.ts";
import { s3Audit } from "./audit/s3-events.ts";
import type { Config } from "./config.ts";
import { dataFolder } from "./folder/data-folder.ts";
import { createCloudTrail } from "./http/cloudtrail.ts";
import { createExplainPage } from "./http/explain-page.ts";
import { createIam } from "./http/iam.ts";
import { createKms } from "./http/kms.ts";
import { JsonAuthenticator } from "./http/kms-authentication.ts";
import { createOperationsPages } from "./http/operations-pages.ts";
import { createRouter } from "./http/router.ts";
import { s3Credentials } from "./http/s3-credentials.ts";
import { s3Principals } from "./http/s3-principals.ts";
import { s3RequestLog } from "./http/s3-request-log.ts";
import { createSignatureCheck } from "./http/signature-check.ts";
import { createSts } from "./http/sts.ts";
import { createTransportFacts } from "./http/transport-facts.ts";
import { createLog, type Logger } from "./log.ts";
import { Metrics } from "./metrics.ts";
import { ErasableFiles } from "./storage/erasable-files.ts";
import { hsmDevices } from "./storage/hsm-devices.ts";
import { droppingIdle } from "./storage/idle-keys.ts";
import { measuredIndex } from "./storage/measured-index.ts";
import { storeKeyService } from "./storage/store-key-service.ts";
import type { Vault } from "./vault.ts";

export interface ComposeInput {
  readonly config: Config;
  readonly vault: Vault;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Names this life of this process: what an earlier life left unfinished is told from what is being written. */
  readonly incarnation: string;
  /** Whether another life may still be writing: what it left is swept only when it is not. */
  readonly isLive: (incarnation: string) => boolean;
  readonly isDraining: () => boolean;
  /** Metrics of all processes as text. */
  readonly printMetrics: () => Promise<string>;
}

const SERVER_NAME = "Strongroom";

/** What a process serves with. */
export interface Composed {
  readonly answer: OnRequest;
  /** To be stopped after the last answer: delivers what was gathered. */
  readonly accessLogs: GatheredLogs;
}

/** Every object of a process that serves, joined here and nowhere else. Read it from top to bottom. */
export function compose(input: ComposeInput): Composed {
  const { config, vault, log, metrics } = input;
  const clock = systemClock;

  const transportOf = createTransportFacts(config.trustedProxies);
  const credentials = new NotedCredentials({
    accounts: vault.accounts,
    identities: vault.identities,
    sealingKey: vault.sessionSealingKey,
    clock,
  });
  const accessKeyUses = new AccessKeyUses({ records: vault.records, clock, region: config.region });
  const authorization = new NotedAuthorization(vault.identities);
  const trail = { folder: auditFolder(config.dataDir), keys: vault.auditKeys };
  const audit = new AuditLog(new TrailWriter({ ...trail, clock }), clock);
  const selectors = new EventSelectors(vault.records);
  const bareKeyService = composeKeyService(input, authorization);
  const keyService = auditedKeyService(bareKeyService, audit);
  const { identities } = vault;
  const engine = composeEngine(
    input,
    storeKeyService({
      keyService,
      region: config.region,
      nowMs: () => clock.nowMs(),
      generation: async () => `${await keyService.generation()}/${await identities.generation.current()}`,
    }),
  );
  const store = createObjectStore(engine);
  const kms = createKms({
    keyService,
    authenticator: new JsonAuthenticator({
      service: "kms",
      credentials,
      accessKeyUses,
      clock,
      regions: config.keyRegions,
    }),
    transportOf,
    clock,
    log,
  });
  const callers = s3Credentials(vault.accounts, credentials, accessKeyUses);
  const defaultEncryption: BucketEncryption = {
    algorithm: "AES256",
    kmsKeyId: null,
    bucketKeyEnabled: false,
    blocked: config.newBucketsBlockSseC ? "SSE-C" : "NONE",
  };
  const access = { store, credentials: callers, decider: authorization, clock, region: config.region };
  const logDelivery = new LogDelivery({ ...access, defaultEncryption });
  const accessLogs = new GatheredLogs({
    deliver: (stream, body, eventMs) => logDelivery.deliver(stream, body, eventMs),
    everyMs: config.accessLogMs,
    count: (outcome, records) => metrics.countAccessLog(outcome, records),
    log,
  });
  const s3 = createS3Service({
    store,
    transportOf,
    clock,
    region: config.region,
    domains: config.domains,
    credentials: callers,
    decider: authorization,
    webhooks: webhookNames(config),
    principals: s3Principals(vault.accounts, vault.identities),
    defaultEncryption,
    serverName: SERVER_NAME,
    accessLog: accessLogs,
    log: s3RequestLog(log, metrics),
    audit: s3Audit({ log: audit, selectors, region: config.region }),
    onIntegrityFailure: ({ requestId, operation, error }) => {
      metrics.countIntegrityFailure();
      log.error(
        { requestId, operation, err: error, event: "integrity" },
        "stored data failed authentication",
      );
    },
  });

  const checkSignature = createSignatureCheck({ credentials, accessKeyUses, clock, region: config.region });
  const sts = createSts({
    checkSignature,
    transportOf,
    region: config.region,
    audit,
    log,
    services: {
      accounts: vault.accounts,
      identities: vault.identities,
      authorization,
      webIdentities: new WebIdentities(clock),
      sealingKey: vault.sessionSealingKey,
      clock,
    },
  });
  const iam = createIam({
    answer: createIamService({ identities: vault.identities, authorization, accessKeyUses, clock }),
    checkSignature,
    transportOf,
    region: config.region,
    nowMs: () => clock.nowMs(),
    audit,
    log,
  });
  const cloudtrail = createCloudTrail({
    services: {
      ...trail,
      selectors,
      delivery: { target: config.auditBucket, records: vault.records },
      nowMs: () => clock.nowMs(),
      startedMs: clock.nowMs(),
    },
    authenticator: new JsonAuthenticator({
      service: "cloudtrail",
      credentials,
      accessKeyUses,
      clock,
      regions: config.keyRegions,
    }),
    authorization,
    audit,
    transportOf,
    clock,
    log,
  });
  const operationsPages = createOperationsPages({
    checkReady: async () => void (await vault.accounts.listAccounts()),
    isDraining: input.isDraining,
    printMetrics: input.printMetrics,
    checkSignature,
    transportOf,
    explainPage: createExplainPage({
      explain: (supposed) =>
        explainRead(
          {
            ...trail,
            accounts: vault.accounts,
            identities,
            access,
            keyService: bareKeyService,
          },
          supposed,
        ),
      checkSignature,
      audit,
      region: config.region,
    }),
  });

  const answer = createRouter({
    s3: s3.handle,
    sts,
    kms,
    iam,
    cloudtrail,
    operationsPages,
    transportOf,
    metrics,
    log,
  });
  return { answer, accessLogs };
}

/** The key service over the vault's records and the folder of erasable secrets. */
export function composeKeyService(
  {
    config,
    vault,
  }: { readonly config: Pick<Config, "dataDir" | "keyRegions" | "hsmClusters"> } & Pick<
    ComposeInput,
    "vault"
  >,
  authorizer: Authorization = new Authorization(vault.identities),
  clock: Clock = systemClock,
): KeyService {
  return droppingIdle(
    new KeyService({
      records: vault.records,
      secrets: new ErasableFiles(dataFolder(config.dataDir).keysDir),
      sealingKey: vault.keyServiceKey,
      authorizer,
      clock,
      principals: s3Principals(vault.accounts, vault.identities),
      regions: config.keyRegions,
      devices: hsmDevices(config.hsmClusters),
    }),
  );
}

/** Who could read an object, and who did, for a command beside the server. Opens nothing and changes nothing. */
export function explainReadOf(
  input: Pick<ComposeInput, "config" | "vault">,
  supposed: SupposedPlace,
): Promise<ReadExplanation> {
  const { config, vault } = input;
  const { accounts, identities, records, sessionSealingKey: sealingKey } = vault;
  const { region } = config;
  const clock = systemClock;
  const decider = new NotedAuthorization(identities);
  const credentials = s3Credentials(
    accounts,
    new NotedCredentials({ accounts, identities, sealingKey, clock }),
    new AccessKeyUses({ records, clock, region }),
  );
  const log = createLog("error");
  const unused = { log, metrics: new Metrics(), incarnation: "explain", isLive: () => true };
  const store = createObjectStore(composeEngine({ config, vault, ...unused }));
  const keyService = composeKeyService(input, decider);
  const access = { store, credentials, decider, clock, region };
  const trail = { folder: auditFolder(config.dataDir), keys: vault.auditKeys };
  return explainRead({ ...trail, accounts, identities, access, keyService }, supposed);
}

export function webhookNames({ webhooks }: Config): ReadonlySet<string> {
  return new Set(webhooks.map(({ name }) => name));
}

/** `storeKeys`: null where nothing is opened or sealed. The engine over the vault's index and the folder of blobs. */
export function composeEngine(
  input: Pick<ComposeInput, "config" | "vault" | "log" | "metrics" | "incarnation" | "isLive">,
  storeKeys: StoreKeyService | null = null,
): Engine {
  const { config, vault, log, metrics, incarnation, isLive } = input;
  const keyring = new MasterKeyring(vault.masterKeys);
  const blobs = new FileBlobStore({ folder: dataFolder(config.dataDir).blobsDir, incarnation, isLive });
  return {
    index: measuredIndex(vault.index, metrics),
    blobs,
    clock: systemClock,
    limits: DEFAULT_LIMITS,
    subscriptions: eventSubscriptions(webhookNames(config)),
    encryptor: new Encryptor({ masterKeyring: keyring, keyService: storeKeys, clock: systemClock }),
    later: (work) => {
      work().catch((error: unknown) =>
        log.warn({ err: error }, "deferred work failed; the sweep makes up for it"),
      );
    },
  };
}

/** Removes what dead processes left behind. Runs in the primary process only, and never rejects. */
export async function sweepOnce(engine: Engine, log: Logger): Promise<void> {
  try {
    log.debug({ ...(await sweep(engine)) }, "sweep done");
  } catch (error) {
    log.error({ err: error }, "sweep failed; it is tried again later");
  }
}

/** Removes parts that were let go and whose grace is over. Runs in the primary process only, and never rejects. */
export async function collectOnce(engine: Engine, log: Logger): Promise<void> {
  try {
    const uploadsCleared = await collectAllGarbage(engine);
    if (uploadsCleared > 0) log.debug({ uploadsCleared }, "parts removed");
  } catch (error) {
    log.error({ err: error }, "parts were not removed; it is tried again later");
  }
}
