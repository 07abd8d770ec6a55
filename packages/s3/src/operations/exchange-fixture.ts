import { createSecretKey, randomBytes } from "node:crypto";
import { ManualClock } from "@strongroom/base";
import { MasterKeyring } from "@strongroom/envelope";
import {
  type BodyIntegrity,
  createObjectStore,
  DEFAULT_LIMITS,
  Encryptor,
  type EngineLimits,
  EventOutbox,
  MemoryBlobStore,
  MemoryIndex,
} from "@strongroom/store";
import { printXml, type XmlElement } from "@strongroom/wire";
import type { PrincipalDirectory } from "../access/bound-principals.ts";
import { bucketAccess } from "../access/bucket-access.ts";
import type { RequestAccess } from "../auth/request-access.ts";
import { type S3Error, s3Error } from "../errors.ts";
import { readBodyIntegrity } from "../http/body-integrity.ts";
import { DEFAULT_BUCKET_ENCRYPTION } from "../http/bucket-encryption.ts";
import { readText } from "../http/read-text.ts";
import type { Caller, S3Request } from "../http/s3-request.ts";
import type { S3Response } from "../http/s3-response.ts";
import { s3ErrorFrom } from "../http/write-error.ts";
import { eventSubscriptions } from "../notifications/subscriptions.ts";
import type { Operation, S3Services } from "../operation.ts";

export const BUCKET = "bucket-1";
export const OWNER_ID = "a".repeat(64);

const ACCOUNT_ID = "111111111111";
const ROOT_ARN = `arn:aws:iam::${ACCOUNT_ID}:root`;
const CALLER: Caller = {
  principal: { kind: "root", accountId: ACCOUNT_ID, arn: ROOT_ARN, userId: ACCOUNT_ID },
  session: null,
  accountId: ACCOUNT_ID,
  canonicalUserId: OWNER_ID,
  arn: ROOT_ARN,
  displayName: "owner",
};

const EVERYBODY: PrincipalDirectory = {
  findPrincipal: async () => ({ uniqueId: null }),
  hasCanonicalUser: async () => true,
};

export interface Call {
  readonly objectKey?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The XML document, or the body in latin1. */
  readonly text: string;
  readonly error: S3Error | null;
}

/** Names of the webhooks there are. */
export const WEBHOOKS: ReadonlySet<string> = new Set(["orders", "audit"]);

/** Operations over an engine in memory, without HTTP: what a request would mean and what it would be answered. */
export class Bench {
  readonly services: S3Services;
  /** What waits for the webhooks. */
  readonly outbox: EventOutbox;
  readonly clock = new ManualClock(Date.UTC(2026, 0, 1));

  private constructor(limits: Partial<EngineLimits>) {
    const key = createSecretKey(randomBytes(32));
    const keyring = new MasterKeyring({
      current: () => ({ version: 1, key }),
      find: (version) => (version === 1 ? key : null),
      refresh: async () => {},
    });
    const index = new MemoryIndex();
    this.outbox = new EventOutbox(index);
    const store = createObjectStore({
      index,
      subscriptions: eventSubscriptions(WEBHOOKS),
      blobs: new MemoryBlobStore(),
      clock: this.clock,
      limits: { ...DEFAULT_LIMITS, ...limits },
      encryptor: new Encryptor({ masterKeyring: keyring, keyService: null, clock: this.clock }),
      later: (work) => void work(),
    });
    this.services = {
      store,
      principals: EVERYBODY,
      clock: this.clock,
      region: "us-east-1",
      webhooks: WEBHOOKS,
      defaultEncryption: DEFAULT_BUCKET_ENCRYPTION,
    };
  }

  /** With one bucket, `BUCKET`, and parts of any size. */
  static async open(limits: Partial<EngineLimits> = { minPartBytes: 1 }): Promise<Bench> {
    const bench = new Bench(limits);
    await bench.services.store.createBucket({ bucket: BUCKET, ownerId: OWNER_ID, region: "us-east-1" });
    return bench;
  }

  async enableVersioning(): Promise<void> {
    await this.services.store.setVersioning(BUCKET, "enabled");
  }

  /** Everything is allowed: who may do what is tested where it is decided. */
  async #access(): Promise<RequestAccess> {
    const bucket = await this.services.store.requireBucket(BUCKET);
    return {
      bucket,
      settings: bucketAccess(bucket),
      require: async () => {},
      findDenial: async () => null,
      isAllowedUnder: async () => true,
      refusalOf: async () => s3Error("AccessDenied"),
      findAccountId: async () => ACCOUNT_ID,
    };
  }

  async send<Input, Output>(operation: Operation<Input, Output>, call: Call = {}): Promise<Answer> {
    const request = requestOf(operation, call);
    const response = new RecordedResponse();
    try {
      operation.permissions(request);
      const input = await operation.read(request);
      const output = await operation.run(input, this.services, request, await this.#access());
      await operation.write(output, response, input);
    } catch (thrown) {
      const { objectKey } = request;
      const versionId = request.query.get("versionId");
      const uploadId = request.query.get("uploadId");
      const subject = { method: request.method, bucket: BUCKET, objectKey, versionId, uploadId };
      const error = s3ErrorFrom(thrown, subject);
      if (error.status === 500) throw thrown;
      return { status: error.status, headers: error.headers, text: "", error };
    }
    return { status: response.code, headers: response.headers, text: response.text, error: null };
  }
}

/** The request `call` makes to `operation`'s own route. */
export function requestOf(operation: Pick<Operation<never, never>, "route">, call: Call = {}): S3Request {
  const { route } = operation;
  const body = Buffer.from(call.body ?? "");
  const query = new Map(Object.entries(call.query ?? {}));
  for (const name of route.query ?? []) if (!query.has(name)) query.set(name, "");
  const headers = new Map(Object.entries({ "content-length": String(body.length), ...call.headers }));
  async function* once(): AsyncGenerator<Uint8Array> {
    if (body.length > 0) yield body;
  }
  const header = (name: string) => headers.get(name);
  const headerNames = () => [...headers.keys()];
  const integrity = (): BodyIntegrity => readBodyIntegrity({ header, headerNames, chunkedBody: null });
  return {
    requestId: "request-1",
    method: route.method,
    bucket: BUCKET,
    objectKey: route.level === "object" ? (call.objectKey ?? "key") : null,
    query,
    header,
    headerNames,
    caller: CALLER,
    signature: { kind: "header", signedAtMs: Date.UTC(2026, 0, 1) },
    sourceIp: "192.0.2.1",
    secure: true,
    tlsVersion: "1.3",
    body: once(),
    get integrity() {
      return integrity();
    },
    readText: (limitBytes) => readText(once(), integrity(), limitBytes),
  };
}

class RecordedResponse implements S3Response {
  code = 200;
  text = "";
  readonly headers: Record<string, string> = {};

  status(code: number): this {
    this.code = code;
    return this;
  }

  header(name: string, value: string | undefined): this {
    if (value !== undefined) this.headers[name.toLowerCase()] = value;
    return this;
  }

  sendEmpty(): void {}

  sendXml(root: XmlElement): void {
    this.text = printXml(root, { declaration: false });
  }

  sendBytes(bytes: Uint8Array): void {
    this.text = Buffer.from(bytes).toString("latin1");
  }

  async sendBody(body: AsyncIterable<Uint8Array>, sizeBytes: number): Promise<void> {
    const pieces: Uint8Array[] = [];
    for await (const piece of body) pieces.push(piece);
    const bytes = Buffer.concat(pieces);
    if (bytes.length !== sizeBytes)
      throw new Error(`${bytes.length} bytes where ${sizeBytes} were announced`);
    this.text = bytes.toString("latin1");
  }

  async sendXmlWhenDone(work: Promise<XmlElement>): Promise<void> {
    this.sendXml(await work);
  }
}
