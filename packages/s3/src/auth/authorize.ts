import { type Bucket, type ObjectStore, StoreError } from "@strongroom/store";
import { s3Error } from "../errors.ts";
import type { Caller, S3Request } from "../http/s3-request.ts";
import type { RequiredPermission } from "../operation.ts";
import type { CredentialSource } from "./credential-source.ts";

/** Names that some S3 could once have given a bucket; anything else names none. */
const ADDRESSABLE_BUCKET = /^[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]$/;
/** The one operation whose bucket does not exist yet. */
const BUCKET_MAKING_ACTION = "s3:CreateBucket";

/**
 * Who may do what, until policies exist: an account everything in its own buckets, the server's root account
 * everything. Decided before one byte of a body is read.
 */
export class Authorizer {
  readonly #store: ObjectStore;
  readonly #credentials: CredentialSource;

  constructor(store: ObjectStore, credentials: CredentialSource) {
    this.#store = store;
    this.#credentials = credentials;
  }

  /**
   * The bucket a request is about, before anything else of the request is judged: S3 says that a bucket is missing
   * or somebody else's before it says that a document is malformed. Throws InvalidBucketName, NoSuchBucket,
   * AccessDenied.
   */
  async requireBucket(request: S3Request): Promise<void> {
    if (request.bucket === null) return;
    const bucket = await this.#requireOwned(request.bucket, request.caller);
    await this.#requireExpectedOwner(bucket, request, "x-amz-expected-bucket-owner");
  }

  /** Every right the operation asked for. Throws AccessDenied, NoSuchBucket (a copy's source). */
  async authorize(request: S3Request, permissions: readonly RequiredPermission[]): Promise<void> {
    for (const permission of permissions) {
      if (permission.bucket === null || permission.action === BUCKET_MAKING_ACTION) continue;
      const isSource = request.header("x-amz-copy-source") !== undefined && isRead(permission);
      if (permission.bucket === request.bucket && !isSource) continue;
      const bucket = await this.#requireOwned(permission.bucket, request.caller);
      if (isSource) await this.#requireExpectedOwner(bucket, request, "x-amz-source-expected-bucket-owner");
    }
  }

  async #requireOwned(name: string, caller: Caller): Promise<Bucket> {
    if (!ADDRESSABLE_BUCKET.test(name)) throw s3Error("InvalidBucketName", { fields: { BucketName: name } });
    const bucket = await this.#findBucket(name);
    if (bucket === null) throw s3Error("NoSuchBucket", { fields: { BucketName: name } });
    if (bucket.ownerId !== caller.canonicalUserId && !caller.isServerRoot) throw s3Error("AccessDenied");
    return bucket;
  }

  async #findBucket(name: string): Promise<Bucket | null> {
    try {
      return await this.#store.requireBucket(name);
    } catch (error) {
      if (error instanceof StoreError && error.code === "NoSuchBucket") return null;
      throw error;
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
    const { caller } = request;
    const ownerAccountId =
      bucket.ownerId === caller.canonicalUserId
        ? caller.accountId
        : await this.#credentials.findAccountId(bucket.ownerId);
    if (ownerAccountId !== expected) throw s3Error("AccessDenied");
  }
}

function isRead(permission: RequiredPermission): boolean {
  return permission.action.startsWith("s3:GetObject");
}
