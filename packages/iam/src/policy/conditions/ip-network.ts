import { isIPv4, isIPv6 } from "node:net";

/** An address as a number of 32 or 128 bits. IPv4 inside IPv6 (`::ffff:1.2.3.4`) is IPv4. */
export interface IpAddress {
  readonly bits: 32 | 128;
  readonly value: bigint;
}

export interface IpRange {
  readonly bits: 32 | 128;
  readonly base: IpAddress;
  /** How many of the bits are fixed. */
  readonly prefix: number;
  contains(address: IpAddress): boolean;
}

const MAPPED_PREFIX = 0xffffn;
const MAPPED_BITS = 96;

/** The last answer: the statements of a policy all ask about the one address of the request. */
let latest: { readonly text: string; readonly address: IpAddress | null } = { text: "", address: null };

/** Parses an IPv4 or IPv6 address; null for anything else. A zone (`%eth0`) is left out. */
export function parseIpAddress(text: string): IpAddress | null {
  if (latest.text !== text) latest = { text, address: readIpAddress(text) };
  return latest.address;
}

function readIpAddress(text: string): IpAddress | null {
  const [bare = ""] = text.split("%", 1);
  if (isIPv4(bare)) return { bits: 32, value: parseIpv4(bare) };
  if (!isIPv6(bare)) return null;
  const value = parseIpv6(bare);
  if (value >> 32n === MAPPED_PREFIX) return { bits: 32, value: value & 0xffff_ffffn };
  return { bits: 128, value };
}

/** Parses an address or a range in CIDR notation (RFC 4632); null for anything else. */
export function parseIpRange(text: string): IpRange | null {
  const [address = "", length, ...rest] = text.split("/");
  const base = parseIpAddress(address);
  if (base === null || rest.length > 0 || address.includes("%")) return null;
  const written = address.includes(":") ? 128 : 32;
  const fixed = length === undefined ? written : parsePrefixLength(length, written);
  if (fixed === null) return null;
  // An IPv6 range whose base is IPv4-mapped, but which reaches beyond those: it names no IPv4 address.
  const isMapped = written !== base.bits;
  if (isMapped && fixed < MAPPED_BITS) return { bits: 128, base, prefix: fixed, contains: () => false };
  const prefix = isMapped ? fixed - MAPPED_BITS : fixed;
  const shift = BigInt(base.bits - prefix);
  const network = base.value >> shift;
  const { bits } = base;
  return {
    bits,
    base,
    prefix,
    contains: (candidate) => candidate.bits === bits && candidate.value >> shift === network,
  };
}

function parsePrefixLength(text: string, most: number): number | null {
  if (!/^\d{1,3}$/.test(text)) return null;
  const length = Number(text);
  return length <= most ? length : null;
}

function parseIpv4(text: string): bigint {
  return text.split(".").reduce((sum, part) => (sum << 8n) | BigInt(part), 0n);
}

function parseIpv6(text: string): bigint {
  const [head = "", tail] = text.split("::");
  const before = parseGroups(head);
  const after = tail === undefined ? [] : parseGroups(tail);
  const zeros = new Array<bigint>(8 - before.length - after.length).fill(0n);
  return [...before, ...zeros, ...after].reduce((sum, group) => (sum << 16n) | group, 0n);
}

function parseGroups(text: string): readonly bigint[] {
  if (text === "") return [];
  return text.split(":").flatMap((group) => {
    if (!group.includes(".")) return [BigInt(`0x${group}`)];
    const embedded = parseIpv4(group);
    return [embedded >> 16n, embedded & 0xffffn];
  });
}
