import {
  childrenNamed,
  element,
  optionalChild,
  optionalText,
  parseXml,
  requiredChild,
  requiredText,
  requireRoot,
  type XmlElement,
  type XmlNode,
} from "@strongroom/wire";
import { invalidArgument, notImplementedHeader, s3Error } from "../errors.ts";
import {
  INVENTORY_FIELDS,
  type InventoryConfiguration,
  type InventoryField,
} from "./inventory-configuration.ts";

const ID = /^[A-Za-z0-9._-]{1,64}$/;
const BUCKET_ARN = /^arn:aws[a-z-]*:s3:::([a-z0-9][a-z0-9.-]{2,62})$/;

/** Throws InvalidArgument for what cannot be an id. */
export function requireInventoryId(id: string | undefined): string {
  if (id !== undefined && ID.test(id)) return id;
  throw invalidArgument("The specified configuration ID is invalid", "id", id ?? "");
}

/** The document of PutBucketInventoryConfiguration. Throws MalformedXML, InvalidArgument and NotImplemented. */
export function readInventory(text: string, id: string): InventoryConfiguration {
  const root = requireRoot(parseXml(text), "InventoryConfiguration");
  if (requiredText(root, "Id") !== id) throw s3Error("MalformedXML");
  const filter = optionalChild(root, "Filter");
  const optional = optionalChild(root, "OptionalFields");
  const fields =
    optional === undefined ? [] : childrenNamed(optional, "Field").map(({ text }) => readField(text));
  return {
    id,
    isEnabled: oneOf(requiredText(root, "IsEnabled"), ["true", "false"]) === "true",
    prefix: filter === undefined ? "" : requiredText(filter, "Prefix"),
    versions: oneOf(requiredText(root, "IncludedObjectVersions"), ["All", "Current"]),
    frequency: oneOf(requiredText(requiredChild(root, "Schedule"), "Frequency"), ["Daily", "Weekly"]),
    // Rows have them in S3's order, whatever the order here.
    fields: INVENTORY_FIELDS.filter((field) => fields.includes(field)),
    destination: readDestination(requiredChild(requiredChild(root, "Destination"), "S3BucketDestination")),
  };
}

function readDestination(node: XmlNode): InventoryConfiguration["destination"] {
  const format = oneOf(requiredText(node, "Format"), ["CSV", "ORC", "Parquet"]);
  if (format !== "CSV") throw notImplementedHeader(`Format ${format}`);
  const encryption = optionalChild(node, "Encryption");
  if (encryption !== undefined && optionalChild(encryption, "SSE-KMS") !== undefined) {
    throw notImplementedHeader("SSE-KMS");
  }
  const arn = requiredText(node, "Bucket");
  const bucket = BUCKET_ARN.exec(arn)?.[1];
  if (bucket === undefined)
    throw invalidArgument("The ARN of the destination bucket is invalid", "Bucket", arn);
  return {
    bucket,
    accountId: optionalText(node, "AccountId") ?? null,
    prefix: optionalText(node, "Prefix") ?? "",
    namesEncryption: encryption !== undefined,
  };
}

function readField(text: string): InventoryField {
  const field = INVENTORY_FIELDS.find((known) => known === text);
  if (field === undefined) throw s3Error("MalformedXML");
  return field;
}

function oneOf<Word extends string>(text: string, words: readonly Word[]): Word {
  const word = words.find((known) => known === text);
  if (word === undefined) throw s3Error("MalformedXML");
  return word;
}

/** The members of an `InventoryConfiguration`, which is a root for one and an entry for the list. */
export function inventoryMembers(inventory: InventoryConfiguration): readonly (XmlElement | undefined)[] {
  const { id, isEnabled, prefix, versions, frequency, fields, destination } = inventory;
  return [
    element("Destination", [
      element("S3BucketDestination", [
        destination.accountId === null ? undefined : element("AccountId", destination.accountId),
        element("Bucket", `arn:aws:s3:::${destination.bucket}`),
        destination.namesEncryption ? element("Encryption", [element("SSE-S3", [])]) : undefined,
        element("Format", "CSV"),
        destination.prefix === "" ? undefined : element("Prefix", destination.prefix),
      ]),
    ]),
    element("IsEnabled", isEnabled),
    prefix === "" ? undefined : element("Filter", [element("Prefix", prefix)]),
    element("Id", id),
    element("IncludedObjectVersions", versions),
    fields.length === 0
      ? undefined
      : element(
          "OptionalFields",
          fields.map((field) => element("Field", field)),
        ),
    element("Schedule", [element("Frequency", frequency)]),
  ];
}
