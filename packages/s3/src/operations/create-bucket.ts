import { StoreError } from "@strongroom/store";
import { optionalChild, optionalText, parseXml, requireRoot } from "@strongroom/wire";
import { bucketPermission } from "../auth/object-permissions.ts";
import { s3Error } from "../errors.ts";
import { requireBucketName } from "../http/addressed.ts";
import { printTagDocument, readBucketTags, reservedAtCreation } from "../http/bucket-tags.ts";
import type { S3Request } from "../http/s3-request.ts";
import type { Operation } from "../operation.ts";

interface Input {
  readonly bucket: string;
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
    requireOwnership(request.header("x-amz-object-ownership"));
    return {
      bucket,
      ownerId: request.caller.canonicalUserId,
      ...(await readConfiguration(request)),
    };
  },
  permissions: bucketPermission("s3:CreateBucket"),
  run: async (input, { store, region }) => {
    requireRegion(input.locationConstraint, region);
    try {
      await store.createBucket({ bucket: input.bucket, ownerId: input.ownerId, region });
    } catch (error) {
      // In its oldest region S3 answers a repeated creation with success, unless it would change the tags.
      const repeats = error instanceof StoreError && error.code === "BucketAlreadyOwnedByYou";
      if (!repeats || region !== UNNAMED_REGION || input.tags.size > 0) throw error;
      return;
    }
    if (input.tags.size > 0) {
      await store.setBucketConfiguration(input.bucket, "tagging", printTagDocument(input.tags));
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

function requireOwnership(value: string | undefined): void {
  if (value === undefined || value === "BucketOwnerEnforced") return;
  if (value === "ObjectWriter" || value === "BucketOwnerPreferred") {
    throw s3Error("NotImplemented", { fields: { Header: "x-amz-object-ownership" } });
  }
  throw s3Error("InvalidArgument", {
    message: `Invalid x-amz-object-ownership header: ${value}`,
    fields: { ArgumentName: "x-amz-object-ownership" },
  });
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
