import type { IncomingMessage } from "node:http";
import { BlockList, isIP, SocketAddress } from "node:net";

/** One hop of a forwarded request, as a proxy tells it. */
interface Hop {
  /** null: said, but no address (`unknown`, an obfuscated name, something malformed). */
  readonly address: string | null;
  /** null: not said. */
  readonly scheme: string | null;
}

/** Who made a forwarded request, as the trusted proxies tell it. */
export interface ForwardedClient {
  readonly address: string;
  readonly secure: boolean;
}

/** The header names two things: a proxy that sets one of them let the other through from its client. */
export class ContradictingForwardsError extends Error {
  override readonly name = "ContradictingForwardsError";
}

/** More hops than any chain of real proxies has. */
const HOP_LIMIT = 32;

/** The networks (CIDR) of proxies whose word counts. */
export class TrustedProxies {
  readonly #networks = new BlockList();
  readonly #isEmpty: boolean;

  constructor(networks: readonly string[]) {
    this.#isEmpty = networks.length === 0;
    for (const network of networks) {
      const [address = "", prefix] = network.split("/");
      const family = isIP(address) === 6 ? "ipv6" : "ipv4";
      const width = family === "ipv6" ? 128 : 32;
      this.#networks.addSubnet(address, prefix === undefined ? width : Number(prefix), family);
    }
  }

  includes(address: string): boolean {
    if (this.#isEmpty) return false;
    const version = isIP(address);
    return version !== 0 && this.#networks.check(address, version === 6 ? "ipv6" : "ipv4");
  }

  /**
   * The client behind a request whose connection comes from one of these proxies; null when it carries no forwarded
   * headers and is the proxy's own. Hops are read from the nearest on, and only as far as each was told by a trusted
   * one. A forwarded request is secure only when that was said. Throws ContradictingForwardsError.
   */
  findClient(message: Pick<IncomingMessage, "headersDistinct">, peer: string): ForwardedClient | null {
    const headers = message.headersDistinct;
    const standard = this.#walk(peer, readForwarded(headers["forwarded"]));
    const customary = this.#walk(
      peer,
      readCustomary(headers["x-forwarded-for"], headers["x-forwarded-proto"]),
    );
    if (standard === null || customary === null) return standard ?? customary;
    if (standard.address !== customary.address || standard.secure !== customary.secure) {
      throw new ContradictingForwardsError("Forwarded and X-Forwarded-* contradict each other");
    }
    return standard;
  }

  /** `hops` in the order of the header: the nearest is the last. */
  #walk(peer: string, hops: readonly Hop[]): ForwardedClient | null {
    if (hops.length === 0) return null;
    let address = peer;
    let secure = true;
    for (const hop of hops.slice(-HOP_LIMIT).reverse()) {
      if (hop.scheme !== "https") secure = false;
      if (hop.address === null) break;
      address = hop.address;
      if (!this.includes(address)) break;
    }
    return { address, secure };
  }
}

/** `X-Forwarded-For` lists hops, `X-Forwarded-Proto` one scheme for all of them, or several that must agree. */
function readCustomary(forLines: string[] | undefined, protoLines: string[] | undefined): readonly Hop[] {
  const schemes = splitList(protoLines);
  const scheme =
    schemes.length > 0 && schemes.every((each) => each.toLowerCase() === "https") ? "https" : null;
  const addresses = splitList(forLines);
  if (addresses.length === 0) return schemes.length === 0 ? [] : [{ address: null, scheme }];
  return addresses.map((text) => ({ address: parseNode(text), scheme }));
}

/** `Forwarded` (RFC 7239): elements separated by commas, pairs by semicolons. */
function readForwarded(lines: string[] | undefined): readonly Hop[] {
  return splitList(lines).map((element) => {
    const pairs = new Map<string, string>();
    for (const pair of element.split(";")) {
      const [name = "", ...rest] = pair.split("=");
      pairs.set(name.trim().toLowerCase(), unquote(rest.join("=").trim()));
    }
    const node = pairs.get("for");
    return {
      address: node === undefined ? null : parseNode(node),
      scheme: pairs.get("proto")?.toLowerCase() ?? null,
    };
  });
}

function splitList(lines: string[] | undefined): readonly string[] {
  if (lines === undefined) return [];
  return lines
    .join(",")
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
}

function unquote(text: string): string {
  return /^".*"$/.test(text) ? text.slice(1, -1).replace(/\\(.)/g, "$1") : text;
}

/** `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1` or `[2001:db8::1]:4711`; null for anything else. */
function parseNode(text: string): string | null {
  const bracketed = /^\[([^\]]{2,45})\](?::\d{1,5})?$/.exec(text)?.[1];
  const address = bracketed ?? (/^[\d.]+:\d{1,5}$/.test(text) ? text.replace(/:\d+$/, "") : text);
  if (isIP(address) !== 6) return isIP(address) === 4 ? address : null;
  return new SocketAddress({ address, family: "ipv6" }).address.replace(/^::ffff:(?=\d+\.)/, "");
}
