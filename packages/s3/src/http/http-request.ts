import type { BodyIntegrity } from "@strongroom/store";
import type { Authentication } from "../auth/authenticator.ts";
import { openPayload, type PayloadBody } from "../auth/payload-body.ts";
import { readBodyIntegrity } from "./body-integrity.ts";
import type { IncomingBody } from "./incoming-body.ts";
import type { RawRequest } from "./read-request.ts";
import { readText } from "./read-text.ts";
import type { RequestNames } from "./request-id.ts";
import type { Caller, S3Request, SignatureFacts } from "./s3-request.ts";

/** `S3Request` of one authenticated HTTP request. Nothing of the body is looked at before it is asked for. */
export class HttpS3Request implements S3Request {
  readonly requestId: string;
  readonly hostId: string;
  readonly method: string;
  readonly bucket: string | null;
  readonly objectKey: string | null;
  readonly query: ReadonlyMap<string, string>;
  readonly caller: Caller;
  readonly signature: SignatureFacts | null;
  readonly sourceIp: string;
  readonly secure: boolean;
  readonly tlsVersion: string | null;
  readonly #raw: RawRequest;
  readonly #authentication: Authentication;
  readonly #incoming: IncomingBody;
  #payload: PayloadBody | null = null;
  #integrity: BodyIntegrity | null = null;
  #text: Promise<string> | null = null;

  constructor(names: RequestNames, raw: RawRequest, authentication: Authentication, incoming: IncomingBody) {
    this.requestId = names.requestId;
    this.hostId = names.hostId;
    this.method = raw.method;
    this.bucket = raw.bucket;
    this.objectKey = raw.objectKey;
    this.query = raw.query;
    this.caller = authentication.caller;
    this.signature = authentication.signature;
    this.sourceIp = raw.transport.sourceIp;
    this.secure = raw.transport.secure;
    this.tlsVersion = raw.transport.tlsVersion;
    this.#raw = raw;
    this.#authentication = authentication;
    this.#incoming = incoming;
  }

  header(name: string): string | undefined {
    return this.#raw.headers.get(name) ?? this.#raw.hoistedHeaders.get(name);
  }

  headerNames(): readonly string[] {
    const { headers, hoistedHeaders } = this.#raw;
    return hoistedHeaders.size === 0
      ? [...headers.keys()]
      : [...new Set([...headers.keys(), ...hoistedHeaders.keys()])];
  }

  get body(): AsyncIterable<Uint8Array> {
    return this.#openPayload().body;
  }

  get integrity(): BodyIntegrity {
    this.#integrity ??= readBodyIntegrity({
      header: (name) => this.header(name),
      headerNames: () => this.headerNames(),
      chunkedBody: this.#openPayload().chunked,
    });
    return this.#integrity;
  }

  readText(limitBytes: number): Promise<string> {
    this.#text ??= readText(this.body, this.#hasBody() ? this.integrity : {}, limitBytes);
    return this.#text;
  }

  #hasBody(): boolean {
    const { headers } = this.#raw;
    return headers.has("content-length") || headers.has("transfer-encoding");
  }

  #openPayload(): PayloadBody {
    this.#payload ??= openPayload(this.#incoming, this.#authentication, (name) => this.header(name));
    return this.#payload;
  }
}
