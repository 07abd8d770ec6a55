import { damaged, unsupported } from "../import-error.ts";
import { MessagePackReader, type PackedValue } from "./message-pack.ts";
import { xxhash64 } from "./xxhash64.ts";

/** How a version's bytes are spread over drives. */
export interface ErasureLayout {
  readonly dataShards: number;
  readonly parityShards: number;
  readonly blockSizeBytes: number;
  /** Which shard this drive holds, from 1: data shards first. */
  readonly shard: number;
}

export interface StoredPart {
  readonly number: number;
  /** As stored: with the overhead of encryption, after compression. */
  readonly storedBytes: number;
  /** Plaintext, before compression. */
  readonly sizeBytes: number;
}

export interface XlObject {
  readonly kind: "object";
  readonly versionId: string | null;
  readonly modifiedMs: number;
  /** Name of the folder that holds its parts; they may be inline instead. */
  readonly dataFolder: string;
  readonly erasure: ErasureLayout;
  readonly parts: readonly StoredPart[];
  /** MinIO's own entries, by lower-case name. */
  readonly system: ReadonlyMap<string, Buffer>;
  /** Headers and user metadata, by lower-case name. */
  readonly user: ReadonlyMap<string, string>;
}

export interface XlDeleteMarker {
  readonly kind: "delete-marker";
  readonly versionId: string | null;
  readonly modifiedMs: number;
}

export type XlVersion = XlObject | XlDeleteMarker;

export interface XlMeta {
  /** The newest first, as stored. */
  readonly versions: readonly XlVersion[];
  /** Shards that are kept in this file, by version id; "null" for none. */
  readonly inline: ReadonlyMap<string, Buffer>;
}

const MAGIC = Buffer.from("XL2 ");
const NO_VERSION = Buffer.alloc(16);
const [TYPE_OBJECT, TYPE_DELETE_MARKER, TYPE_LEGACY] = [1, 2, 3];
const MAX_PARTS = 10_000;

/** Parses an `xl.meta` of format 1.3 (docs/format/minio-folder.md §2). Throws ImportError: "Damaged", or "Unsupported" for other formats. */
export function parseXlMeta(bytes: Buffer): XlMeta {
  if (!bytes.subarray(0, 4).equals(MAGIC) || bytes.length < 9) throw damaged("this is no xl.meta");
  const [major, minor] = [bytes.readUInt16LE(4), bytes.readUInt16LE(6)];
  if (major !== 1 || minor !== 3) throw unsupported(`xl.meta of format ${major}.${minor}, not 1.3`);
  const reader = new MessagePackReader(bytes.subarray(8));
  const meta = reader.next();
  const digest = reader.next();
  if (!Buffer.isBuffer(meta)) throw damaged("xl.meta has no versions");
  if (BigInt.asUintN(32, xxhash64(meta)) !== BigInt(Number(digest)))
    throw damaged("xl.meta fails its digest");
  return { versions: parseVersions(meta), inline: parseInline(reader.rest) };
}

function parseVersions(meta: Buffer): readonly XlVersion[] {
  const reader = new MessagePackReader(meta);
  const [headerVersion, metaVersion, count] = [reader.next(), reader.next(), reader.next()];
  if (
    typeof headerVersion !== "number" ||
    headerVersion > 3 ||
    typeof metaVersion !== "number" ||
    metaVersion > 3
  )
    throw unsupported(`xl.meta with headers of version ${String(headerVersion)}.${String(metaVersion)}`);
  const versions: XlVersion[] = [];
  for (let at = 0; at < asNumber(count); at++) {
    reader.next(); // The header repeats what the version says.
    const body = reader.next();
    if (!Buffer.isBuffer(body)) throw damaged("a version is no MessagePack");
    const version = parseVersion(asMap(new MessagePackReader(body).next()));
    if (version !== null) versions.push(version);
  }
  return versions;
}

function parseVersion(version: ReadonlyMap<string, PackedValue>): XlVersion | null {
  switch (version.get("Type")) {
    case TYPE_OBJECT:
      return parseObject(asMap(version.get("V2Obj")));
    case TYPE_DELETE_MARKER: {
      const fields = asMap(version.get("DelObj"));
      // What was moved to another tier leaves such a note behind: no version that anybody sees.
      const system = systemEntries(fields);
      if (system.has("x-minio-internal-free-version") || system.has("x-minio-internal-tier-free-versionid"))
        return null;
      return { kind: "delete-marker", ...identityOf(fields) };
    }
    case TYPE_LEGACY:
      throw unsupported("a version in the format from before 2020");
    default:
      throw unsupported(`a version of type ${String(version.get("Type"))}`);
  }
}

function parseObject(fields: ReadonlyMap<string, PackedValue>): XlObject {
  if (fields.get("EcAlgo") !== 1) throw unsupported("an erasure code that is not Reed-Solomon");
  if (fields.get("CSumAlgo") !== 1) throw unsupported("shards without HighwayHash");
  const user = new Map<string, string>();
  for (const [name, value] of asMap(fields.get("MetaUsr") ?? new Map()))
    user.set(name.toLowerCase(), typeof value === "string" ? value : "");
  return {
    kind: "object",
    ...identityOf(fields),
    dataFolder: uuidOf(fields.get("DDir")),
    erasure: parseErasure(fields),
    parts: parseParts(fields),
    system: systemEntries(fields),
    user,
  };
}

function parseErasure(fields: ReadonlyMap<string, PackedValue>): ErasureLayout {
  const [dataShards, parityShards] = [asNumber(fields.get("EcM")), asNumber(fields.get("EcN"))];
  const blockSizeBytes = asNumber(fields.get("EcBSize"));
  const shard = asNumber(fields.get("EcIndex"));
  const total = dataShards + parityShards;
  if (
    dataShards < 1 ||
    total > 256 ||
    shard < 1 ||
    shard > total ||
    blockSizeBytes < 1 ||
    blockSizeBytes > 64 << 20
  )
    throw damaged("the erasure layout makes no sense");
  return { dataShards, parityShards, blockSizeBytes, shard };
}

function parseParts(fields: ReadonlyMap<string, PackedValue>): readonly StoredPart[] {
  const list = (name: string): readonly number[] => {
    const value = fields.get(name);
    return Array.isArray(value) ? value.map(asNumber) : [];
  };
  const [numbers, stored, sizes] = [list("PartNums"), list("PartSizes"), list("PartASizes")];
  if (numbers.length > MAX_PARTS || stored.length !== numbers.length)
    throw damaged("the list of parts makes no sense");
  return numbers.map((number, at) => {
    const storedBytes = stored[at] ?? 0;
    return { number, storedBytes, sizeBytes: sizes[at] ?? storedBytes };
  });
}

function identityOf(fields: ReadonlyMap<string, PackedValue>): {
  versionId: string | null;
  modifiedMs: number;
} {
  const id = fields.get("ID");
  const isNull = !Buffer.isBuffer(id) || id.equals(NO_VERSION);
  const nanoseconds = fields.get("MTime");
  if (typeof nanoseconds !== "number" && typeof nanoseconds !== "bigint")
    throw damaged("a version without a time");
  return { versionId: isNull ? null : uuidOf(id), modifiedMs: Number(BigInt(nanoseconds) / 1_000_000n) };
}

function systemEntries(fields: ReadonlyMap<string, PackedValue>): ReadonlyMap<string, Buffer> {
  const entries = new Map<string, Buffer>();
  const packed = fields.get("MetaSys");
  if (!(packed instanceof Map)) return entries;
  for (const [name, value] of asMap(packed))
    if (Buffer.isBuffer(value)) entries.set(name.toLowerCase(), value);
  return entries;
}

function parseInline(rest: Buffer): ReadonlyMap<string, Buffer> {
  const inline = new Map<string, Buffer>();
  if (rest.length === 0) return inline;
  if (rest[0] !== 1) throw unsupported(`inline data of version ${rest[0]}`);
  for (const [id, shard] of asMap(new MessagePackReader(rest.subarray(1)).next()))
    if (Buffer.isBuffer(shard)) inline.set(id, shard);
  return inline;
}

function uuidOf(value: PackedValue | undefined): string {
  if (!Buffer.isBuffer(value) || value.length !== 16) throw damaged("an id is not of 16 bytes");
  return value.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

function asMap(value: PackedValue | undefined): ReadonlyMap<string, PackedValue> {
  if (value instanceof Map) return value;
  throw damaged("xl.meta lacks a map");
}

function asNumber(value: PackedValue | undefined): number {
  if (typeof value === "number" && value >= 0) return value;
  throw damaged("xl.meta lacks a number");
}
