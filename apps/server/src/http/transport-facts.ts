import type { IncomingMessage } from "node:http";
import type { TransportFacts } from "@strongroom/iam";
import { connectionFacts } from "@strongroom/s3";
import { TrustedProxies } from "./client-address.ts";

/** How a request reached the server, for every service. The router refused those whose proxies contradict each other. */
export type TransportFactsOf = (message: IncomingMessage) => TransportFacts;

/**
 * The one place that decides what is believed of a request's way: its connection, and the forwarded headers of the
 * proxies in `networks` (CIDR); those of anyone else count for nothing [L-170].
 */
export function createTransportFacts(networks: readonly string[]): TransportFactsOf {
  if (networks.length === 0) return connectionFacts;
  const proxies = new TrustedProxies(networks);
  return (message) => {
    const connection = connectionFacts(message);
    if (!proxies.includes(connection.sourceIp)) return connection;
    const client = proxies.findClient(message, connection.sourceIp);
    if (client === null) return connection;
    return { sourceIp: client.address, secure: client.secure, tlsVersion: null };
  };
}
