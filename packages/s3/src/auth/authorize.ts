import type { Clock } from "@strongroom/base";
import { type Bucket, type ObjectStore, StoreError } from "@strongroom/store";
import { s3Error } from "../errors.ts";
import type { S3Request } from "../http/s3-request.ts";
import type { AccessDecider } from "./access-decider.ts";
import type { CredentialSource } from "./credential-source.ts";
import { DecidedAccess } from "./decided-access.ts";
import type { Lookups } from "./lookups.ts";

/** Names that some S3 could once have given a bucket; anything else names none. */
const ADDRESSABLE_BUCKET = /^[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]$/;
/** The one operation whose bucket does not exist yet. */
const BUCKET_MAKING_OPERATION = "CreateBucket";
const MAX_KNOWN_ACCOUNTS = 10_000;

export interface AuthorizerDeps {
  readonly store: ObjectStore;
  readonly credentials: Pick<CredentialSource, "findAccountId">;
  readonly decider: AccessDecider;
  readonly clock: Clock;
  readonly region: string;
}

/** Opens, for each request, what its caller may do. */
export class Authorizer implements Lookups {
  readonly store: ObjectStore;
  readonly region: string;
  readonly #deps: AuthorizerDeps;
  /** Owner ids and their accounts; neither ever changes. */
  readonly #accountIds = new Map<string, string>();

  constructor(deps: AuthorizerDeps) {
    this.#deps = deps;
    this.store = deps.store;
    this.region = deps.region;
  }

  /**
   * Reads the bucket a request is about, once, before anything else of the request is judged. Throws
   * InvalidBucketName, NoSuchBucket, and AccessDenied where another owner was expected.
   */
  async open(request: S3Request, operation: string): Promise<DecidedAccess> {
    const name = operation === BUCKET_MAKING_OPERATION ? null : request.bucket;
    const bucket = name === null ? null : await this.#requireBucket(name);
    if (bucket !== null) await this.#requireExpectedOwner(bucket, request, "x-amz-expected-bucket-owner");
    return new DecidedAccess(this.#deps.decider, this, { request, operation, bucket });
  }

  nowMs(): number {
    return this.#deps.clock.nowMs();
  }

  findAccountId(canonicalUserId: string): Promise<string | null> | string | null {
    return this.#accountIds.get(canonicalUserId) ?? this.#lookUpAccount(canonicalUserId);
  }

  async requireSourceBucket(name: string, request: S3Request): Promise<Bucket> {
    const bucket = await this.#requireBucket(name);
    await this.#requireExpectedOwner(bucket, request, "x-amz-source-expected-bucket-owner");
    return bucket;
  }

  async #lookUpAccount(canonicalUserId: string): Promise<string | null> {
    const accountId = await this.#deps.credentials.findAccountId(canonicalUserId);
    if (accountId === null) return null;
    if (this.#accountIds.size >= MAX_KNOWN_ACCOUNTS) this.#accountIds.clear();
    this.#accountIds.set(canonicalUserId, accountId);
    return accountId;
  }

  async #requireBucket(name: string): Promise<Bucket> {
    if (!ADDRESSABLE_BUCKET.test(name)) throw s3Error("InvalidBucketName", { fields: { BucketName: name } });
    try {
      return await this.store.requireBucket(name);
    } catch (error) {
      if (!(error instanceof StoreError) || error.code !== "NoSuchBucket") throw error;
      throw s3Error("NoSuchBucket", { fields: { BucketName: name }, cause: error });
    }
  }

  async #requireExpectedOwner(bucket: Bucket, request: S3Request, headerName: string): Promise<void> {
    const expected = request.header(headerName);
    if (expected === undefined) return;
    if (!/^\d{12}$/.test(expected)) {
      throw s3Error("InvalidBucketOwnerAWSAccountID", {
        message: `The value of the expected bucket owner parameter must be an AWS Account ID... [${expected}]`,
      });
    }
    if ((await this.findAccountId(bucket.ownerId)) !== expected) throw s3Error("AccessDenied");
  }
}
