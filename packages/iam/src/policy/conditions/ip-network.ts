import { isIPv4, isIPv6 } from "node:net";

/** An address as a number of `bits` bits: 32 or 128. IPv4 inside IPv6 (`::ffff:1.2.3.4`) is IPv4. */
export interface IpAddress {
  readonly bits: 32 | 128;
  readonly value: bigint;
}

export type IpNetwork = (address: IpAddress) => boolean;

const MAPPED_PREFIX = 0xffffn;

/** Parses an IPv4 or IPv6 address; null for anything else. A zone (`%eth0`) is left out. */
export function parseIpAddress(text: string): IpAddress | null {
  const [bare = ""] = text.split("%", 1);
  if (isIPv4(bare)) return { bits: 32, value: parseIpv4(bare) };
  if (!isIPv6(bare)) return null;
  const value = parseIpv6(bare);
  if (value >> 32n === MAPPED_PREFIX) return { bits: 32, value: value & 0xffff_ffffn };
  return { bits: 128, value };
}

/** Parses an address or a range in CIDR notation (RFC 4632); null for anything else. */
export function parseIpNetwork(text: string): IpNetwork | null {
  const [base = "", length, ...rest] = text.split("/");
  const address = parseIpAddress(base);
  if (address === null || rest.length > 0 || base.includes("%")) return null;
  const written = base.includes(":") ? 128 : 32;
  const prefix = length === undefined ? written : parsePrefixLength(length, written);
  if (prefix === null) return null;
  const kept = prefix - (written - address.bits);
  // A range of IPv6 that takes in all IPv4-mapped addresses names IPv6; IPv4 is named by its own ranges.
  if (kept < 0) return () => false;
  const shift = BigInt(address.bits - kept);
  const network = address.value >> shift;
  return (candidate) => candidate.bits === address.bits && candidate.value >> shift === network;
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
