import type { NamedPolicy, ResourcePolicy } from "@strongroom/iam";
import type { Bucket, StoredVersion } from "@strongroom/store";
import { ownerOnly, parseStoredAccessList } from "../access/access-list.ts";
import { bucketGrantFor, findGrant, type GrantedTo, objectGrantFor } from "../access/access-list-grants.ts";
import { type BucketAccess, bucketAccess } from "../access/bucket-access.ts";
import { type S3Error, s3Error } from "../errors.ts";
import type { S3Request } from "../http/s3-request.ts";
import { initiatorIdOf } from "../object/upload-people.ts";
import type { RequiredPermission } from "../operation.ts";
import type { AccessDecider } from "./access-decider.ts";
import { type AccessQuestion, AccessQuestions } from "./access-questions.ts";
import { accessDenied, type BlockedGrant, publicAccessBlocked } from "./denial.ts";
import { unlessMissing } from "./fetched-facts.ts";
import type { Lookups } from "./lookups.ts";
import type { RequestAccess } from "./request-access.ts";

/** Rights to a policy that its owner's root can never be locked out of. */
const ROOT_KEEPS: ReadonlySet<string> = new Set([
  "s3:GetBucketPolicy",
  "s3:PutBucketPolicy",
  "s3:DeleteBucketPolicy",
]);
const MAKES_OBJECTS: ReadonlySet<string> = new Set([
  "PutObject",
  "CopyObject",
  "CreateMultipartUpload",
  "PostObject",
]);
/** Rights to what is stored already, as opposed to making or removing it, which the bucket's owner decides about. */
const STORED_OBJECT_ACTION =
  /^s3:(Get|Put|Delete)Object(Version)?(Acl|Tagging|Attributes|Retention|LegalHold)$|^s3:GetObject(Version)?$/;

/** The rights of one request's caller, by identity and bucket policies and, where a bucket has them, access lists. */
export class DecidedAccess implements RequestAccess {
  readonly #questions: AccessQuestions;
  readonly #lookups: Lookups;
  readonly #request: S3Request;
  readonly #operation: string;
  readonly #bucket: Bucket | null;
  #usedAccessList = false;

  /** `bucket`: what the request is addressed to; null at service level and where it is yet to be made. */
  constructor(
    decider: AccessDecider,
    lookups: Lookups,
    { request, operation, bucket }: { request: S3Request; operation: string; bucket: Bucket | null },
  ) {
    this.#questions = new AccessQuestions(decider, lookups, request, operation);
    this.#lookups = lookups;
    this.#request = request;
    this.#operation = operation;
    this.#bucket = bucket;
  }

  get bucket(): Bucket {
    if (this.#bucket !== null) return this.#bucket;
    throw s3Error("NoSuchBucket", { fields: { BucketName: this.#request.bucket ?? undefined } });
  }

  /** As `bucket`; null where the request is addressed to none that was there. */
  get openedBucket(): Bucket | null {
    return this.#bucket;
  }

  /** Whether something was allowed that no policy alone allowed. */
  get usedAccessList(): boolean {
    return this.#usedAccessList;
  }

  get settings(): BucketAccess {
    return bucketAccess(this.bucket);
  }

  readonly findAccountId = async (canonicalUserId: string): Promise<string | null> => {
    const { caller } = this.#request;
    if (canonicalUserId === caller.canonicalUserId) return caller.accountId;
    return await this.#lookups.findAccountId(canonicalUserId);
  };

  async require(permissions: readonly RequiredPermission[]): Promise<void> {
    for (const permission of permissions) {
      const denial = await this.findDenial(permission);
      if (denial !== null) throw denial;
    }
  }

  async findDenial(permission: RequiredPermission): Promise<S3Error | null> {
    const bucket = await this.#bucketOf(permission);
    const question = await this.#ask(permission, bucket);
    if (bucket === null) return this.#denialUnder(question, null);
    if (isKeptByRoot(question)) return null;
    return this.#findBucketDenial(question, permission, bucket);
  }

  async isAllowedUnder(policy: NamedPolicy, permission: RequiredPermission): Promise<boolean> {
    const question = await this.#ask(permission, this.bucket);
    if (isKeptByRoot(question)) return true;
    return (await this.#questions.decide(question, { policy, mode: "or-identity" })).allowed;
  }

  async refusalOf(permission: RequiredPermission, by: BlockedGrant): Promise<S3Error> {
    return publicAccessBlocked(await this.#ask(permission, await this.#bucketOf(permission)), by);
  }

  async #ask(permission: RequiredPermission, bucket: Bucket | null): Promise<AccessQuestion> {
    const { accountId } = this.#request.caller;
    const owner = bucket === null ? accountId : await this.findAccountId(bucket.ownerId);
    return this.#questions.ask(permission, owner ?? "");
  }

  async #findBucketDenial(
    question: AccessQuestion,
    permission: RequiredPermission,
    bucket: Bucket,
  ): Promise<S3Error | null> {
    const access = bucketAccess(bucket);
    const byPolicy: ResourcePolicy = { policy: access.policy, mode: "or-identity" };
    const decision = await this.#questions.decide(question, byPolicy);
    if (!decision.allowed && decision.by !== null) return accessDenied(question, decision);
    if (permission.action === "s3:PutObjectAcl" && this.#isOfNewObject(permission) && !isInsider(question)) {
      return this.#findWriterDenial(permission, access);
    }
    const usesLists = access.ownership !== "BucketOwnerEnforced";
    const stored = usesLists ? await this.#findStored(permission) : null;
    if (stored !== null && stored.ownerId !== bucket.ownerId) {
      return this.#findForeignDenial(permission, stored, access);
    }
    const isClosed = isClosedTo(question, access);
    if (decision.allowed && !isClosed) return null;
    const byList = usesLists ? this.#findGrant(permission, stored, access) : null;
    const granted = byList ?? (await this.#findInitiator(permission));
    if (granted !== null) {
      const policy = isClosed ? null : access.policy;
      const denial = await this.#denialUnder(question, { ...byGrant(granted), policy });
      if (denial === null && byList !== null) this.#usedAccessList = true;
      return denial;
    }
    return decision.allowed ? s3Error("AccessDenied") : accessDenied(question, decision);
  }

  /**
   * The denial for an object that somebody else put into the bucket and owns: its owner's account and its access list
   * decide. The bucket's policy may deny it, which was found out before, but cannot give away what is not its owner's.
   */
  async #findForeignDenial(
    permission: RequiredPermission,
    stored: StoredVersion,
    access: BucketAccess,
  ): Promise<S3Error | null> {
    const question = this.#questions.ask(permission, (await this.findAccountId(stored.ownerId)) ?? "");
    const granted = this.#findGrant(permission, stored, access);
    const byList = granted === null ? null : { ...byGrant(granted), policy: null };
    const denial = await this.#denialUnder(question, byList);
    if (denial === null && byList !== null) this.#usedAccessList = true;
    return denial;
  }

  /**
   * Whoever may write into somebody else's bucket and says, while writing, who else shall have the object, gives away
   * what is theirs: their own account decides, or the grant that let them write.
   */
  #findWriterDenial(permission: RequiredPermission, access: BucketAccess): Promise<S3Error | null> {
    const granted = this.#findGrant(permission, null, access);
    const question = this.#questions.ask(permission, this.#request.caller.accountId);
    return this.#denialUnder(question, granted === null ? null : { ...byGrant(granted), policy: null });
  }

  /** Whoever began an upload may look at its parts and end it. */
  async #findInitiator({ action, bucket, objectKey }: RequiredPermission): Promise<GrantedTo | null> {
    if (action !== "s3:AbortMultipartUpload" && action !== "s3:ListMultipartUploadParts") return null;
    const { caller, query } = this.#request;
    if (bucket === null || objectKey === null || caller.principal.kind === "anonymous") return null;
    const uploadId = query.get("uploadId") ?? "";
    const upload = await unlessMissing(this.#lookups.store.requireUpload({ bucket, objectKey, uploadId }));
    return upload?.initiatorId === initiatorIdOf(caller) ? "principal" : null;
  }

  async #denialUnder(question: AccessQuestion, resource: ResourcePolicy | null): Promise<S3Error | null> {
    const decision = await this.#questions.decide(question, resource);
    return decision.allowed ? null : accessDenied(question, decision);
  }

  /** The object that an action on a stored object is about; null for other actions, and where there is none. */
  async #findStored(permission: RequiredPermission): Promise<StoredVersion | null> {
    const { action, bucket, objectKey, versionId } = permission;
    if (bucket === null || objectKey === null || !STORED_OBJECT_ACTION.test(action)) return null;
    if (this.#isOfNewObject(permission)) return null;
    return unlessMissing(this.#lookups.store.readVersion({ bucket, objectKey, versionId }));
  }

  /** Who may write an object may say, while writing it, who else shall have it. */
  #isOfNewObject({ action, isCopySource }: RequiredPermission): boolean {
    return MAKES_OBJECTS.has(this.#operation) && isCopySource !== true && action.startsWith("s3:Put");
  }

  #findGrant(
    permission: RequiredPermission,
    stored: StoredVersion | null,
    { accessList, publicAccessBlock }: BucketAccess,
  ): GrantedTo | null {
    const { caller } = this.#request;
    const { action } = permission;
    const ignoresPublic = publicAccessBlock.ignorePublicAcls;
    const onBucket =
      bucketGrantFor(action) ??
      (action === "s3:PutObjectAcl" && this.#isOfNewObject(permission) ? "WRITE" : undefined);
    if (onBucket !== undefined) return findGrant(accessList, onBucket, caller, ignoresPublic);
    const onObject = objectGrantFor(action);
    if (onObject === undefined || stored === null) return null;
    const list =
      stored.accessList == null ? ownerOnly(stored.ownerId) : parseStoredAccessList(stored.accessList);
    return findGrant(list, onObject, caller, ignoresPublic);
  }

  /** null: the action is about no bucket that is there. */
  #bucketOf({ bucket: name, isCopySource }: RequiredPermission): Promise<Bucket> | Bucket | null {
    if (name === null) return null;
    if (isCopySource !== true) return this.#bucket;
    return this.#lookups.requireSourceBucket(name, this.#request);
  }
}

/** A public policy that is restricted serves only the owner's own account, and services. */
function isClosedTo(question: AccessQuestion, { isPolicyPublic, publicAccessBlock }: BucketAccess): boolean {
  if (question.principal.kind === "service") return false;
  return isPolicyPublic && publicAccessBlock.restrictPublicBuckets && !isInsider(question);
}

function isKeptByRoot(question: AccessQuestion): boolean {
  return ROOT_KEEPS.has(question.action) && question.principal.kind === "root" && isInsider(question);
}

function isInsider({ principal, resourceAccountId }: AccessQuestion): boolean {
  return "accountId" in principal && principal.accountId === resourceAccountId;
}

const byGrant = (granted: GrantedTo): Omit<ResourcePolicy, "policy"> => ({
  mode: "or-identity",
  alsoAllowedBy: "access list",
  alsoAllows: granted,
});
