import { randomBytes } from "node:crypto";
import type { Bucket, ObjectStore } from "@strongroom/store";
import { grantToUser, isPublicAccessList, printStoredAccessList } from "../access/access-list.ts";
import { bucketAccess } from "../access/bucket-access.ts";
import { LOGGING_SERVICE } from "../access/logging-service.ts";
import { Authorizer, type AuthorizerDeps } from "../auth/authorize.ts";
import { planEncryption } from "../encryption/encryption-plan.ts";
import { requestKeys } from "../encryption/request-keys.ts";
import { s3Error } from "../errors.ts";
import { type BucketEncryption, parseStoredEncryption } from "../http/bucket-encryption.ts";
import { nameRequest } from "../http/request-id.ts";
import type { S3Request, ServedSource } from "../http/s3-request.ts";
import { s3ErrorFrom } from "../http/write-error.ts";
import { announcement } from "../notifications/announcement.ts";
import { logObjectKey } from "./log-object-key.ts";
import type { LogStream } from "./logging-configuration.ts";

export interface LogDeliveryDeps extends AuthorizerDeps {
  readonly store: ObjectStore;
  /** What holds for a target whose encryption was never set. */
  readonly defaultEncryption: BucketEncryption;
}

/** Puts access logs into their target buckets, in the name of the service that S3 lets policies speak of. */
export class LogDelivery {
  readonly #deps: LogDeliveryDeps;
  readonly #authorizer: Authorizer;

  constructor(deps: LogDeliveryDeps) {
    this.#deps = deps;
    this.#authorizer = new Authorizer(deps);
  }

  /**
   * Writes one log object, owned by the target's owner and sealed as the target says. The target's policy must let
   * `logging.s3.amazonaws.com` put it there, as must its key's, where it has one; access lists may let in LogDelivery.
   * Throws S3Error: what would not be different another time has a status below 500.
   */
  async deliver(stream: LogStream, body: Uint8Array, eventMs: number): Promise<void> {
    const bucket = stream.logging.targetBucket;
    try {
      await this.#put(stream, body, eventMs);
    } catch (error) {
      const subject = { method: "PUT", bucket, objectKey: null, versionId: undefined, uploadId: undefined };
      throw s3ErrorFrom(error, subject);
    }
  }

  async #put(stream: LogStream, body: Uint8Array, eventMs: number): Promise<void> {
    const { store, clock, region, credentials, defaultEncryption } = this.#deps;
    const { logging, sourceBucket, ownerId } = stream;
    const accountId = (await credentials.findAccountId(ownerId)) ?? "";
    const nowMs = clock.nowMs();
    const unique = randomBytes(8).toString("hex").toUpperCase();
    const objectKey = logObjectKey(stream, { accountId, region, eventMs, deliveredMs: nowMs, unique });
    const bucket = logging.targetBucket;
    const source = { arn: `arn:aws:s3:::${sourceBucket}`, accountId };
    const request = serviceRequest({ bucket, objectKey, source, body, nowMs });
    const access = await this.#authorizer.open(request, "PutObject");
    // Both were of one owner when it was set up; since then either may have been made anew by another.
    if (access.bucket.ownerId !== ownerId) throw s3Error("AccessDenied");
    await access.require([{ action: "s3:PutObject", bucket, objectKey }]);
    const byDefault = parseStoredEncryption(access.bucket.configuration["encryption"], defaultEncryption);
    await store.putObject({
      bucket,
      objectKey,
      ownerId,
      accessList: accessListOf(stream, access.bucket),
      body: request.body,
      integrity: request.integrity,
      conditions: {},
      announce: announcement("ObjectCreated:Put", request),
      plan: planEncryption(request, byDefault),
      keys: requestKeys(request),
      headers: { contentType: "text/plain" },
      userMetadata: {},
      tags: {},
      storageClass: "STANDARD",
    });
  }
}

/** In stored form; null: the owner's alone. What the target blocks by now is left out. */
function accessListOf({ ownerId, logging }: LogStream, target: Bucket): string | null {
  const { ownership, publicAccessBlock } = bucketAccess(target);
  if (ownership === "BucketOwnerEnforced") return null;
  const grants = logging.targetGrants.filter(
    (grant) => !publicAccessBlock.blockPublicAcls || !isPublicAccessList([grant]),
  );
  if (grants.length === 0) return null;
  return printStoredAccessList([grantToUser(ownerId, "FULL_CONTROL"), ...grants]);
}

/** A PutObject that the service asks of itself: no client sent it, and none is answered. */
function serviceRequest({
  bucket,
  objectKey,
  source,
  body,
  nowMs,
}: {
  readonly bucket: string;
  readonly objectKey: string;
  readonly source: ServedSource;
  readonly body: Uint8Array;
  readonly nowMs: number;
}): S3Request {
  return {
    ...nameRequest(),
    method: "PUT",
    bucket,
    objectKey,
    query: new Map(),
    header: () => undefined,
    headerNames: () => [],
    caller: {
      principal: { kind: "service", service: LOGGING_SERVICE },
      session: null,
      accountId: source.accountId,
      canonicalUserId: "",
      arn: LOGGING_SERVICE,
      displayName: LOGGING_SERVICE,
    },
    signature: { kind: "header", signedAtMs: nowMs },
    servedSource: source,
    sourceIp: "",
    secure: true,
    tlsVersion: "1.3",
    body: once(body),
    integrity: { sizeBytes: body.length },
    readText: async () => "",
  };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
