import type { IncomingMessage, ServerResponse } from "node:http";
import type { Clock } from "@strongroom/base";
import type { TransportFacts } from "@strongroom/iam";
import { type ObjectStore, StoreError } from "@strongroom/store";
import type { PrincipalDirectory } from "../access/bound-principals.ts";
import { type AccessLog, isUnlogged, logExchange } from "../access-logs/access-log.ts";
import type { LoggedExchange } from "../access-logs/logged-exchange.ts";
import type { AccessDecider } from "../auth/access-decider.ts";
import { Authenticator } from "../auth/authenticator.ts";
import { Authorizer } from "../auth/authorize.ts";
import type { CredentialSource } from "../auth/credential-source.ts";
import type { DecidedAccess } from "../auth/decided-access.ts";
import { hideMissing, revealMissing } from "../auth/missing-objects.ts";
import { crossOriginHeaders } from "../cors/cross-origin.ts";
import { wipeCustomerKeys } from "../encryption/customer-keys.ts";
import { refuseEncryptionHeaders } from "../encryption/refused-headers.ts";
import type { S3Error } from "../errors.ts";
import type { ErrorSubject } from "../errors-from-engine.ts";
import type { LoggedOutcome, S3Services } from "../operation.ts";
import { OPERATIONS } from "../operations/index.ts";
import { postObject } from "../operations/post-object.ts";
import { PostFormOpener } from "../post-object/post-form-opener.ts";
import { type BucketEncryption, DEFAULT_BUCKET_ENCRYPTION } from "./bucket-encryption.ts";
import { ResponseClosedError } from "./byte-sink.ts";
import { cipherSuiteOf, connectionFacts } from "./connection-facts.ts";
import { discardRest } from "./discard-rest.ts";
import { expectsContinue } from "./expects-continue.ts";
import { HttpS3Request } from "./http-request.ts";
import { HttpS3Response } from "./http-response.ts";
import { IncomingBody } from "./incoming-body.ts";
import { OperationTable } from "./match-operation.ts";
import { answerPreflight } from "./preflight.ts";
import { type RawRequest, readRequest } from "./read-request.ts";
import { nameRequest, type RequestNames } from "./request-id.ts";
import type { S3Audit } from "./s3-audit.ts";
import type { S3Request } from "./s3-request.ts";
import { refuseUnbuiltHeaders } from "./unbuilt-headers.ts";
import { errorDocument, isIntegrityFailure, s3ErrorFrom, writeError } from "./write-error.ts";

const NO_WEBHOOKS: ReadonlySet<string> = new Set();
const DEFAULT_BODY_IDLE_TIMEOUT_MS = 30_000;

/** One answered request, for the access log and the counters. Holds no header values and no query. */
export interface AnsweredRequest {
  readonly requestId: string;
  readonly method: string;
  /** null when no operation was recognised. */
  readonly operation: string | null;
  readonly status: number;
  readonly errorCode: string | null;
  readonly accountId: string | null;
  readonly bytesSent: number;
  readonly elapsedMs: number;
}

export interface RequestLog {
  answered(entry: AnsweredRequest): void;
  /** A request failed for a reason that is ours, not the client's. */
  failed(entry: {
    readonly requestId: string;
    readonly operation: string | null;
    readonly error: unknown;
  }): void;
}

export interface IntegrityFailure {
  readonly requestId: string;
  readonly operation: string | null;
  readonly bucket: string | null;
  readonly error: unknown;
}

export interface S3ServiceDeps {
  readonly store: ObjectStore;
  readonly clock: Clock;
  readonly region: string;
  /** What holds for buckets whose encryption was never set; default: what S3 does. */
  readonly defaultEncryption?: BucketEncryption;
  readonly credentials: CredentialSource;
  readonly decider: AccessDecider;
  /** Names of the webhooks that buckets may send events to. Default: there are none. */
  readonly webhooks?: ReadonlySet<string>;
  readonly principals: PrincipalDirectory;
  /** Base domains of virtual-host style addresses, lower case. */
  readonly domains: readonly string[];
  readonly log: RequestLog;
  /** Default: nothing is recorded. */
  readonly audit?: S3Audit;
  /** Default: no bucket's requests are logged, whatever it is set to. */
  readonly accessLog?: AccessLog;
  /** The value of the `Server` header. */
  readonly serverName: string;
  /** Stored bytes failed authentication: raise an alarm. */
  readonly onIntegrityFailure: (failure: IntegrityFailure) => void;
  /** How a request came; default what its connection alone says, whatever its headers claim. */
  readonly transportOf?: (message: IncomingMessage) => TransportFacts;
  /** How long a sender of a body may be silent; default 30 seconds. */
  readonly bodyIdleTimeoutMs?: number;
}

export interface S3Service {
  /**
   * Answers one request; never rejects. Serves `request` and `checkContinue` events alike: with the latter wired,
   * a client that waits for `100 Continue` sends its body only after it was authorised.
   */
  handle(message: IncomingMessage, response: ServerResponse): Promise<void>;
}

/** The S3 API over one engine. */
export function createS3Service(deps: S3ServiceDeps): S3Service {
  const table = new OperationTable(OPERATIONS);
  const authenticator = new Authenticator(deps);
  const authorizer = new Authorizer(deps);
  const parts: ServiceParts = {
    deps,
    table,
    authenticator,
    forms: new PostFormOpener(deps),
    authorizer,
    services: {
      store: deps.store,
      principals: deps.principals,
      clock: deps.clock,
      region: deps.region,
      webhooks: deps.webhooks ?? NO_WEBHOOKS,
      defaultEncryption: deps.defaultEncryption ?? DEFAULT_BUCKET_ENCRYPTION,
    },
  };
  return { handle: (message, response) => new Exchange(parts, message, response).answer() };
}

interface ServiceParts {
  readonly deps: S3ServiceDeps;
  readonly table: OperationTable;
  readonly authenticator: Authenticator;
  readonly forms: PostFormOpener;
  readonly authorizer: Authorizer;
  readonly services: S3Services;
}

/** Operations that hand their unfinished work to the response. */
const ENDS_WHILE_WRITING: ReadonlySet<string> = new Set(["CopyObject", "UploadPartCopy"]);

/** How often a reader that keeps losing to writers starts over. */
const READ_TRIES = 5;

/** An object was replaced between its record and its first byte; nothing was sent, so the request simply starts over. */
function isReplacedWhileRead(error: unknown): boolean {
  return error instanceof StoreError && error.code === "ReplacedWhileRead";
}

/** One request and its response: the straight line from bytes to bytes. */
class Exchange {
  readonly #parts: ServiceParts;
  readonly #message: IncomingMessage;
  readonly #httpResponse: ServerResponse;
  readonly #response: HttpS3Response;
  readonly #names: RequestNames;
  readonly #startedMs = performance.now();
  #continueOwed: boolean;
  #incoming: IncomingBody | null = null;
  #raw: RawRequest | null = null;
  #operationName: string | null = null;
  #accountId: string | null = null;
  #request: S3Request | null = null;
  #error: S3Error | null = null;
  #isRecorded = false;
  #access: DecidedAccess | null = null;
  #outcome: LoggedOutcome = {};

  constructor(parts: ServiceParts, message: IncomingMessage, httpResponse: ServerResponse) {
    this.#parts = parts;
    this.#message = message;
    this.#httpResponse = httpResponse;
    this.#names = nameRequest();
    this.#continueOwed = expectsContinue(message.rawHeaders);
    this.#response = new HttpS3Response(httpResponse, {
      names: this.#names,
      serverName: parts.deps.serverName,
      isHead: message.method === "HEAD",
      describeFailure: (error) => errorDocument(this.#note(error), this.#names),
      settle: (work) => this.#recordWhenDone(work),
    });
  }

  async answer(): Promise<void> {
    try {
      await this.#run();
    } catch (error) {
      this.#failSafely(await this.#recordFailure(error));
    }
    this.#finish();
  }

  async #run(): Promise<void> {
    const { deps, table, authorizer, services } = this.#parts;
    const transport = (deps.transportOf ?? connectionFacts)(this.#message);
    const raw = readRequest(this.#message, deps.domains, transport);
    this.#raw = raw;
    if (raw.method === "OPTIONS") {
      this.#response.keepHeaders(await answerPreflight(raw, deps.store)).sendEmpty();
      return;
    }
    if (raw.headers.has("origin")) {
      this.#response.keepHeaders((await crossOriginHeaders(raw, deps.store)) ?? []);
    }
    const operation = table.match({
      method: raw.method,
      level: raw.level,
      query: raw.query,
      hasHeader: (name) => raw.headers.has(name) || raw.hoistedHeaders.has(name),
    });
    this.#operationName = operation.name;
    const request = await this.#identify(raw, operation.name);
    this.#accountId = request.caller.accountId;
    this.#request = request;
    const access = await authorizer.open(request, operation.name);
    this.#access = access;
    try {
      await access.require(operation.permissions(request));
    } catch (error) {
      throw await revealMissing(error, operation.name, { request, access, store: deps.store });
    }
    refuseEncryptionHeaders(request, operation.name);
    refuseUnbuiltHeaders(request);
    const input = await operation.read(request);
    await deps.audit?.ready(operation.name, request);
    for (let tries = 1; ; tries++) {
      try {
        const output = await operation.run(input, services, request, access);
        if (deps.accessLog !== undefined) this.#outcome = operation.logged?.(output) ?? {};
        if (!ENDS_WHILE_WRITING.has(operation.name)) await this.#record(null);
        await operation.write(output, this.#response, input);
        return;
      } catch (error) {
        if (this.#response.isSent) throw error;
        if (!isReplacedWhileRead(error) || tries === READ_TRIES) {
          throw await hideMissing(error, operation.name, { request, access });
        }
        this.#response.reset();
      }
    }
  }

  /** The call, on the trail once: an answer that waits for nothing costs nothing. */
  #record(error: S3Error | null): Promise<void> | null {
    const request = this.#request;
    const operation = this.#operationName;
    if (request === null || operation === null || (error === null && this.#isRecorded)) return null;
    this.#isRecorded = true;
    return this.#parts.deps.audit?.record({ operation, request, error }) ?? null;
  }

  /** What there is to answer with: the failure, or that it could not be recorded. */
  async #recordFailure(error: unknown): Promise<unknown> {
    if (this.#error !== null) return error;
    try {
      await this.#record(s3ErrorFrom(error, this.#subject()));
      return error;
    } catch (unrecorded) {
      return unrecorded;
    }
  }

  /** For answers that begin before the work is over. */
  async #recordWhenDone<Result>(work: Promise<Result>): Promise<Result> {
    let result: Result;
    try {
      result = await work;
    } catch (error) {
      if (this.#response.isSent) throw await this.#recordFailure(error);
      throw error;
    }
    await this.#record(null);
    return result;
  }

  /** Who asks: a form says it in its fields, which are the beginning of its body; every other request in its head. */
  async #identify(raw: RawRequest, operationName: string): Promise<S3Request> {
    const { deps, authenticator, forms } = this.#parts;
    const incoming = new IncomingBody(this.#message, {
      idleTimeoutMs: deps.bodyIdleTimeoutMs ?? DEFAULT_BODY_IDLE_TIMEOUT_MS,
      beforeFirstRead: () => this.#sendContinue(),
    });
    this.#incoming = incoming;
    if (operationName === postObject.name) return forms.open(this.#names, raw, incoming);
    return new HttpS3Request(this.#names, raw, await authenticator.authenticate(raw), incoming);
  }

  #sendContinue(): void {
    if (!this.#continueOwed) return;
    this.#continueOwed = false;
    this.#httpResponse.writeContinue();
  }

  /** An error that cannot be written down ends its connection, never the process. */
  #failSafely(error: unknown): void {
    try {
      this.#fail(error);
    } catch (unwritable) {
      const requestId = this.#names.requestId;
      this.#parts.deps.log.failed({ requestId, operation: this.#operationName, error: unwritable });
      this.#message.socket.destroy();
    }
  }

  #fail(error: unknown): void {
    const refusal = this.#note(error);
    if (this.#response.isSent) {
      this.#message.socket.destroy();
      return;
    }
    this.#response.reset();
    // A client still waiting to send its body, or one that stopped sending, cannot share a connection any longer.
    if (this.#continueOwed || refusal.code === "RequestTimeout") this.#response.header("Connection", "close");
    writeError(refusal, this.#names, this.#response);
  }

  /** Remembers a failure for the log and tells those who must know of it. */
  #note(error: unknown): S3Error {
    const refusal = s3ErrorFrom(error, this.#subject());
    this.#error = refusal;
    if (error instanceof ResponseClosedError) return refusal;
    const { deps } = this.#parts;
    const requestId = this.#names.requestId;
    const operation = this.#operationName;
    if (refusal.status >= 500 && refusal.status !== 501) deps.log.failed({ requestId, operation, error });
    if (isIntegrityFailure(error)) {
      deps.onIntegrityFailure({ requestId, operation, bucket: this.#raw?.bucket ?? null, error });
    }
    return refusal;
  }

  #subject(): ErrorSubject {
    const raw = this.#raw;
    return {
      method: this.#message.method ?? "",
      bucket: raw?.bucket ?? null,
      objectKey: raw?.objectKey ?? null,
      versionId: raw?.query.get("versionId"),
      uploadId: raw?.query.get("uploadId"),
    };
  }

  #finish(): void {
    // An operation that failed halfway may still hold the body's end.
    this.#incoming?.release();
    if (this.#request !== null) wipeCustomerKeys(this.#request);
    if (this.#error?.code === "RequestTimeout") {
      this.#httpResponse.once("finish", () => this.#message.socket.destroySoon());
    } else if (!this.#continueOwed) {
      discardRest(this.#message);
    }
    const elapsedMs = performance.now() - this.#startedMs;
    this.#logAccess(elapsedMs);
    this.#parts.deps.log.answered({
      requestId: this.#names.requestId,
      method: this.#message.method ?? "",
      operation: this.#operationName,
      status: this.#response.statusCode,
      errorCode: this.#error?.code ?? null,
      accountId: this.#accountId,
      bytesSent: this.#response.bodySizeBytes,
      elapsedMs,
    });
  }

  /** For the owner of the bucket, where it wants to know. */
  #logAccess(totalMs: number): void {
    const { accessLog, clock, store } = this.#parts.deps;
    const raw = this.#raw;
    const bucket = this.#access?.openedBucket;
    if (accessLog === undefined || raw === null || raw.bucket === null) return;
    if (isUnlogged(bucket, this.#operationName)) return;
    const sentAtMs = this.#response.sentAtMs;
    const exchange: LoggedExchange = {
      names: this.#names,
      raw,
      httpVersion: this.#message.httpVersion,
      request: this.#request,
      operation: this.#operationName,
      status: this.#response.statusCode,
      error: this.#error,
      outcome: this.#outcome,
      usedAccessList: this.#access?.usedAccessList ?? false,
      cipherSuite: cipherSuiteOf(this.#message),
      receivedMs: clock.nowMs() - totalMs,
      totalMs,
      turnAroundMs: sentAtMs === null ? null : sentAtMs - (this.#incoming?.endedAtMs ?? this.#startedMs),
      bytesSent: this.#response.bodySizeBytes,
    };
    logExchange(accessLog, store, exchange, bucket);
  }
}
