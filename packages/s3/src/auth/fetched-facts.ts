import { type MultipartUpload, type ObjectEncryption, type ObjectStore, StoreError } from "@strongroom/store";
import { printIso8601 } from "@strongroom/wire";
import type { S3Request } from "../http/s3-request.ts";
import { MAX_TAGGING_XML_BYTES, parseTaggingXml, type Tags } from "../object/tagging.ts";
import {
  MAX_LOCK_XML_BYTES,
  printLegalHold,
  readLegalHold,
  readRetention,
} from "../object-lock/retention-document.ts";
import type { RequiredPermission } from "../operation.ts";
import type { FetchedFacts, RequestLock, UploadEncryption, UploadFacts } from "./condition-keys.ts";

/**
 * Facts that take a read of the index, or of the body. Conditions are evaluated without waiting, so a question is
 * asked first with what is at hand: whatever it turns out to want is fetched, and it is asked again. Few policies
 * want any.
 */
export class LazyFacts implements FetchedFacts {
  readonly #store: ObjectStore;
  readonly #request: S3Request;
  readonly #operation: string;
  readonly #permission: RequiredPermission;
  readonly #wanted = new Set<"existingTags" | "requestTags" | "requestLock" | "upload">();
  #existingTags: Tags | null | undefined;
  #requestTags: Tags | null | undefined;
  #requestLock: RequestLock | null | undefined;
  #upload: UploadFacts | null | undefined;

  constructor(store: ObjectStore, request: S3Request, operation: string, permission: RequiredPermission) {
    this.#store = store;
    this.#request = request;
    this.#operation = operation;
    this.#permission = permission;
  }

  existingTags(): Tags | null {
    if (this.#existingTags === undefined) this.#wanted.add("existingTags");
    return this.#existingTags ?? null;
  }

  requestTags(): Tags | null {
    if (this.#requestTags === undefined) this.#wanted.add("requestTags");
    return this.#requestTags ?? null;
  }

  requestLock(): RequestLock | null {
    if (this.#requestLock === undefined) this.#wanted.add("requestLock");
    return this.#requestLock ?? null;
  }

  upload(): UploadFacts | null {
    if (this.#upload === undefined) this.#wanted.add("upload");
    return this.#upload ?? null;
  }

  /** Something was asked for that was not at hand: an answer given without it does not stand. */
  get isWanting(): boolean {
    return this.#wanted.size > 0;
  }

  async fetchWanted(): Promise<void> {
    const wanted = [...this.#wanted];
    this.#wanted.clear();
    for (const fact of wanted) {
      if (fact === "existingTags") this.#existingTags = await this.#readExistingTags();
      else if (fact === "requestTags") this.#requestTags = await this.#readRequestTags();
      else if (fact === "requestLock") this.#requestLock = await this.#readRequestLock();
      else this.#upload = await this.#readUpload();
    }
  }

  async #readExistingTags(): Promise<Tags | null> {
    const { bucket, objectKey, versionId } = this.#permission;
    if (bucket === null || objectKey === null) return null;
    const version = await unlessMissing(this.#store.readVersion({ bucket, objectKey, versionId }));
    return version?.tags ?? null;
  }

  /** As below. A retention that is taken away has neither mode nor date. */
  async #readRequestLock(): Promise<RequestLock | null> {
    const text = await this.#request.readText(MAX_LOCK_XML_BYTES);
    if (this.#operation === "PutObjectLegalHold") return { legalHold: printLegalHold(readLegalHold(text)) };
    const retention = readRetention(text);
    if (retention === null) return {};
    return { mode: retention.mode, retainUntilDate: printIso8601(retention.retainUntilMs) };
  }

  /** A body is read before its request is allowed only where the policy asks what stands in it. */
  async #readRequestTags(): Promise<Tags | null> {
    if (this.#operation !== "PutObjectTagging") return null;
    return parseTaggingXml(await this.#request.readText(MAX_TAGGING_XML_BYTES));
  }

  async #readUpload(): Promise<UploadFacts | null> {
    const { bucket, objectKey, query } = this.#request;
    if (bucket === null || objectKey === null) return null;
    const uploadId = query.get("uploadId") ?? "";
    const upload = await unlessMissing(this.#store.requireUpload({ bucket, objectKey, uploadId }));
    if (upload === null) return null;
    return {
      encryption: describeEncryption(upload.encryption),
      lock: describeLock(upload),
      initiatedMs: upload.initiatedMs,
    };
  }
}

/** As the headers would have said it. */
function describeEncryption(encryption: ObjectEncryption): UploadEncryption {
  switch (encryption.scheme) {
    case "sse-s3":
      return { algorithm: "AES256", kmsKeyArn: null };
    case "sse-kms":
      return { algorithm: "aws:kms", kmsKeyArn: encryption.keyArn };
    case "dsse-kms":
      return { algorithm: "aws:kms:dsse", kmsKeyArn: encryption.keyArn };
    case "sse-c":
      return { algorithm: null, kmsKeyArn: null };
  }
}

function describeLock({ retention, legalHold }: MultipartUpload): RequestLock {
  return {
    ...(retention == null
      ? {}
      : { mode: retention.mode, retainUntilDate: printIso8601(retention.retainUntilMs) }),
    ...(legalHold == null ? {} : { legalHold: printLegalHold(legalHold) }),
  };
}

const MISSING: ReadonlySet<string> = new Set([
  "NoSuchBucket",
  "NoSuchKey",
  "NoSuchVersion",
  "NoSuchUpload",
  "MethodNotAllowed",
  "InvalidArgument",
]);

/** What is not there has no properties; whether it should be told so is decided elsewhere. */
export async function unlessMissing<T>(reading: Promise<T>): Promise<T | null> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof StoreError && MISSING.has(error.code)) return null;
    throw error;
  }
}
