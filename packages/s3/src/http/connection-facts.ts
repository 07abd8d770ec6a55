import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { TransportFacts } from "@strongroom/iam";

/** A connection carries many requests and its facts do not change. */
const known = new WeakMap<Socket, TransportFacts>();

/** What a request's connection says by itself: the peer's address, and the TLS version it negotiated. */
export function connectionFacts({ socket }: IncomingMessage): TransportFacts {
  const facts = known.get(socket);
  if (facts !== undefined) return facts;
  const fresh = readFacts(socket);
  known.set(socket, fresh);
  return fresh;
}

/** In OpenSSL's words; null without TLS, and when the connection is gone. */
export function cipherSuiteOf({ socket }: IncomingMessage): string | null {
  return socket instanceof TLSSocket ? (socket.getCipher()?.name ?? null) : null;
}

function readFacts(socket: Socket): TransportFacts {
  const secure = socket instanceof TLSSocket;
  return {
    sourceIp: plainAddress(socket.remoteAddress ?? ""),
    secure,
    tlsVersion: secure ? (/^TLSv(1\.\d)$/.exec(socket.getProtocol() ?? "")?.[1] ?? null) : null,
  };
}

/** A dual-stack listener shows IPv4 peers as `::ffff:192.0.2.1`, and link-local ones with a zone. */
function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, "").replace(/%.*$/, "");
}
