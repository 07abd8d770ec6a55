import type { BodyIntegrity } from "@strongroom/store";
import type { Authentication } from "../auth/authenticator.ts";
import { openPayload, type PayloadBody } from "../auth/payload-body.ts";
import { readBodyIntegrity } from "./body-integrity.ts";
import type { IncomingBody } from "./incoming-body.ts";
import type { RawRequest } from "./read-request.ts";
import { readText } from "./read-text.ts";
import type { Caller, S3Request } from "./s3-request.ts";

/** `S3Request` of one authenticated HTTP request. Nothing of the body is looked at before it is asked for. */
export class HttpS3Request implements S3Request {
  readonly requestId: string;
  readonly method: string;
  readonly bucket: string | null;
  readonly objectKey: string | null;
  readonly query: ReadonlyMap<string, string>;
  readonly caller: Caller;
  readonly secure: boolean;
  readonly #raw: RawRequest;
  readonly #authentication: Authentication;
  readonly #incoming: IncomingBody;
  #payload: PayloadBody | null = null;
  #integrity: BodyIntegrity | null = null;

  constructor(requestId: string, raw: RawRequest, authentication: Authentication, incoming: IncomingBody) {
    this.requestId = requestId;
    this.method = raw.method;
    this.bucket = raw.bucket;
    this.objectKey = raw.objectKey;
    this.query = raw.query;
    this.caller = authentication.caller;
    this.secure = raw.secure;
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
    return readText(this.body, this.#hasBody() ? this.integrity : {}, limitBytes);
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
