import { StoreError } from "@strongroom/store";
import { optionalChild, optionalText, parseXml, requireRoot } from "@strongroom/wire";
import { requireKnownGrantees } from "../access/acceptable-access-list.ts";
import { isOwnerOnly, isPublicAccessList, printStoredAccessList } from "../access/access-list.ts";
import { type AccessListRequest, readAccessListHeaders } from "../access/access-list-request.ts";
import { ACCESS_LIST_DOCUMENT, OWNERSHIP_DOCUMENT } from "../access/bucket-access.ts";
import { resolveAccessList } from "../access/new-object.ts";
import {
  DEFAULT_OWNERSHIP,
  findOwnership,
  type ObjectOwnership,
  printStoredOwnership,
} from "../access/object-ownership.ts";
import { hasAccessListHeader } from "../auth/object-permissions.ts";
import type { RequestAccess } from "../auth/request-access.ts";
import { invalidArgument, s3Error } from "../errors.ts";
import { requireBucketName } from "../http/addressed.ts";
import { printTagDocument, readBucketTags, reservedAtCreation } from "../http/bucket-tags.ts";
import type { S3Request } from "../http/s3-request.ts";
import type { Operation, RequiredPermission } from "../operation.ts";

interface Input {
  readonly bucket: string;
  /** undefined: the request does not say. */
  readonly ownership: ObjectOwnership | undefined;
  readonly accessList: AccessListRequest | null;
  readonly objectLock: boolean;
  readonly ownerId: string;
  readonly locationConstraint: string | undefined;
  readonly tags: ReadonlyMap<string, string>;
}

const DOCUMENT_LIMIT_BYTES = 64 * 1024;
/** The region whose buckets have no location constraint, for reasons of S3's history. */
const UNNAMED_REGION = "us-east-1";

export const createBucket: Operation<Input, void> = {
  name: "CreateBucket",
  route: { method: "PUT", level: "bucket" },
  read: async (request) => {
    const bucket = requireBucketName(request);
    requireCreatableName(bucket);
    return {
      bucket,
      ownership: readOwnership(request.header("x-amz-object-ownership")),
      accessList: readAccessListHeaders(request),
      objectLock: readObjectLockEnabled(request),
      ownerId: request.caller.canonicalUserId,
      ...(await readConfiguration(request)),
    };
  },
  permissions: creationPermissions,
  run: async (input, { store, region }, _request, access) => {
    requireRegion(input.locationConstraint, region);
    const { bucket, ownerId, objectLock } = input;
    if (input.tags.size > 0) await access.require([{ action: "s3:TagResource", bucket, objectKey: null }]);
    const configuration = await planConfiguration(input, access);
    try {
      await store.createBucket({ bucket, ownerId, region, objectLock, configuration });
    } catch (error) {
      // In its oldest region S3 answers a repeated creation with success, unless it would change the tags. Whoever
      // wants locks must not take a bucket without for one with.
      const repeats = error instanceof StoreError && error.code === "BucketAlreadyOwnedByYou";
      if (!repeats || region !== UNNAMED_REGION || input.tags.size > 0 || objectLock) throw error;
    }
  },
  write: (_output, response, { bucket }) =>
    response
      .header("Location", `/${bucket}`)
      .header("x-amz-bucket-arn", `arn:aws:s3:::${bucket}`)
      .sendEmpty(),
};

async function readConfiguration(request: S3Request): Promise<Pick<Input, "locationConstraint" | "tags">> {
  const text = await request.readText(DOCUMENT_LIMIT_BYTES);
  if (text === "") return { locationConstraint: undefined, tags: new Map() };
  const root = requireRoot(parseXml(text), "CreateBucketConfiguration");
  if (optionalChild(root, "Bucket") !== undefined || optionalChild(root, "Location") !== undefined) {
    // Directory buckets.
    throw s3Error("NotImplemented");
  }
  const tags = optionalChild(root, "Tags");
  return {
    locationConstraint: optionalText(root, "LocationConstraint"),
    tags: tags === undefined ? new Map() : readBucketTags(tags, reservedAtCreation),
  };
}

/** Rules for names of new general purpose buckets. */
function requireCreatableName(name: string): void {
  const wellFormed =
    /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) &&
    !name.includes("..") &&
    !/^\d+\.\d+\.\d+\.\d+$/.test(name) &&
    !/^(xn--|sthree-|amzn-s3-demo-)/.test(name) &&
    !/(-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)$/.test(name);
  if (!wellFormed) throw s3Error("InvalidBucketName", { fields: { BucketName: name } });
}

function readObjectLockEnabled(request: S3Request): boolean {
  const name = "x-amz-bucket-object-lock-enabled";
  const text = request.header(name);
  const flag = text?.toLowerCase() ?? "false";
  if (flag === "true" || flag === "false") return flag === "true";
  throw invalidArgument(`Value for ${name} header is invalid.`, name, text);
}

function readOwnership(value: string | undefined): ObjectOwnership | undefined {
  if (value === undefined) return undefined;
  const ownership = findOwnership(value);
  if (ownership !== undefined) return ownership;
  throw s3Error("InvalidArgument", {
    message: `Invalid x-amz-object-ownership header: ${value}`,
    fields: { ArgumentName: "x-amz-object-ownership" },
  });
}

/** What a bucket is made with takes the rights that setting it later would take. */
function creationPermissions(request: S3Request): readonly RequiredPermission[] {
  const bucket = requireBucketName(request);
  const needed = ["s3:CreateBucket"];
  if (hasAccessListHeader(request)) needed.push("s3:PutBucketAcl");
  if (request.header("x-amz-object-ownership") !== undefined) needed.push("s3:PutBucketOwnershipControls");
  if (readObjectLockEnabled(request)) {
    needed.push("s3:PutBucketObjectLockConfiguration", "s3:PutBucketVersioning");
  }
  return needed.map((action) => ({ action, bucket, objectKey: null }));
}

/** The documents a new bucket starts with; what is as for any new bucket is not written down. */
async function planConfiguration(
  { ownership: asked, accessList, ownerId, tags }: Input,
  access: RequestAccess,
): Promise<Readonly<Record<string, string>>> {
  const list = resolveAccessList(accessList, ownerId, ownerId);
  const hasList = !isOwnerOnly(list, ownerId);
  // Tools that send a list of their own with everything make their buckets so: S3 gives them one that takes lists.
  const ownership = asked ?? (accessList === null || hasList ? DEFAULT_OWNERSHIP : "BucketOwnerPreferred");
  if (hasList && ownership === "BucketOwnerEnforced") throw s3Error("InvalidBucketAclWithObjectOwnership");
  // Every bucket is made with public access blocked.
  if (isPublicAccessList(list)) throw s3Error("InvalidBucketAclWithBlockPublicAccessError");
  await requireKnownGrantees(list, access);
  return {
    ...(ownership === DEFAULT_OWNERSHIP ? {} : { [OWNERSHIP_DOCUMENT]: printStoredOwnership(ownership) }),
    ...(hasList ? { [ACCESS_LIST_DOCUMENT]: printStoredAccessList(list) } : {}),
    ...(tags.size > 0 ? { tagging: printTagDocument(tags) } : {}),
  };
}

function requireRegion(constraint: string | undefined, region: string): void {
  if (region === UNNAMED_REGION) {
    if (constraint === undefined) return;
    throw s3Error("InvalidLocationConstraint", { fields: { LocationConstraint: constraint } });
  }
  if (constraint === region || (constraint === "EU" && region === "eu-west-1")) return;
  throw s3Error("IllegalLocationConstraintException", {
    message: `The ${constraint ?? "unspecified"} location constraint is incompatible for the region specific endpoint this request was sent to.`,
  });
}
