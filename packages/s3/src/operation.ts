import type { Clock } from "@strongroom/base";
import type { ObjectStore } from "@strongroom/store";
import type { PrincipalDirectory } from "./access/bound-principals.ts";
import type { RequestAccess } from "./auth/request-access.ts";
import type { BucketEncryption } from "./http/bucket-encryption.ts";
import type { S3Request } from "./http/s3-request.ts";
import type { S3Response } from "./http/s3-response.ts";

/** Where in the address space an operation lives: `/`, `/bucket`, `/bucket/key`. */
export type RouteLevel = "service" | "bucket" | "object";

/**
 * How a request is recognised. Among the operations of one method and level the row with the most matching
 * `query` and `headers` wins, so the plain operation (no conditions) is the fallback.
 */
export interface Route {
  readonly method: "GET" | "PUT" | "POST" | "DELETE" | "HEAD";
  readonly level: RouteLevel;
  /** Query parameters that must be present, e.g. `["uploads"]`, `["partNumber", "uploadId"]`. */
  readonly query?: readonly string[];
  /** Headers that must be present, e.g. `["x-amz-copy-source"]`. */
  readonly headers?: readonly string[];
  /** Exact query values that must match, e.g. `{ "list-type": "2" }`. */
  readonly queryValues?: Readonly<Record<string, string>>;
}

/** One right the caller needs. `bucket` and `objectKey` name the resource; null means the service or the bucket. */
export interface RequiredPermission {
  readonly action: string;
  readonly bucket: string | null;
  readonly objectKey: string | null;
  /** The version the action is about, where one was named; its tags and access list count. */
  readonly versionId?: string | undefined;
  /** Of `s3:ListBucket`, where a request is no listing: the key whose absence is to be told. */
  readonly listedPrefix?: string;
  /** The thing a copy reads; everything else is what the request is addressed to. */
  readonly isCopySource?: boolean;
}

/** What operations may use; built once by the composition root. */
export interface S3Services {
  readonly store: ObjectStore;
  readonly principals: PrincipalDirectory;
  readonly clock: Clock;
  readonly region: string;
  /** Names of the webhooks that buckets may send events to. */
  readonly webhooks: ReadonlySet<string>;
  /** What holds for a bucket whose encryption was never set. */
  readonly defaultEncryption: BucketEncryption;
}

/** What an access log tells of a request that was carried out, beside what stands in its head. */
export interface LoggedOutcome {
  /** Of the object that was read or written. */
  readonly objectSizeBytes?: number;
  /** Lines of their own, one an object, of a request about many. */
  readonly objects?: readonly LoggedObject[];
}

export interface LoggedObject {
  readonly objectKey: string;
  readonly versionId: string | null;
  readonly status: number;
  readonly errorCode: string | null;
}

/**
 * One row of the S3 table. `permissions` says, from address and headers alone, what is needed before one body byte is
 * read; `read` is the only code that knows header, query and element names of the request (both throw `S3Error`);
 * `run` talks to the engine, and asks `access` for rights that only the body or the stored object makes necessary;
 * `write` is the only code that knows the names of the response.
 */
export interface Operation<Input, Output> {
  readonly name: string;
  readonly route: Route;
  /** Never touches the body. */
  permissions(request: S3Request): readonly RequiredPermission[];
  /** May await a small XML body through `request.readText(limitBytes)`; never touches a data body. */
  read(request: S3Request): Input | Promise<Input>;
  run(input: Input, services: S3Services, request: S3Request, access: RequestAccess): Promise<Output>;
  write(output: Output, response: S3Response, input: Input): void | Promise<void>;
  /** Default: nothing more. */
  logged?(output: Output): LoggedOutcome;
}
