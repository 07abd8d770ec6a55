import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import type { TlsOptions } from "node:tls";
import type { Config } from "../config.ts";

/** What each process needs to speak TLS; the private key travels between processes only over their own channel. */
export interface TlsIdentity {
  readonly certificatePem: string;
  readonly privateKeyPem: string;
  /** Authorities of client certificates; null: clients need none. */
  readonly clientCaPem: string | null;
  /** 48 bytes shared by all processes, so that a client resumes its session with any of them. */
  readonly ticketKeys: Buffer;
}

/** All of TLS 1.3's, and of TLS 1.2's only those with forward secrecy and an AEAD. */
const CIPHERS = [
  "TLS_AES_256_GCM_SHA384",
  "TLS_AES_128_GCM_SHA256",
  "TLS_CHACHA20_POLY1305_SHA256",
  "ECDHE-ECDSA-AES256-GCM-SHA384",
  "ECDHE-RSA-AES256-GCM-SHA384",
  "ECDHE-ECDSA-AES128-GCM-SHA256",
  "ECDHE-RSA-AES128-GCM-SHA256",
  "ECDHE-ECDSA-CHACHA20-POLY1305",
  "ECDHE-RSA-CHACHA20-POLY1305",
].join(":");

/** The hybrid with ML-KEM first: what is recorded today stays closed to tomorrow's quantum computer. */
const GROUPS = "X25519MLKEM768:X25519:P-256:P-384";

const HANDSHAKE_TIMEOUT_MS = 10_000;
const TICKET_KEYS_SIZE_BYTES = 48;

/** The part of the options that can be replaced while connections stay open. */
export function secureContextOptions(identity: TlsIdentity): TlsOptions {
  return {
    cert: identity.certificatePem,
    key: identity.privateKeyPem,
    minVersion: "TLSv1.2",
    maxVersion: "TLSv1.3",
    ciphers: CIPHERS,
    ecdhCurve: GROUPS,
    honorCipherOrder: true,
    ticketKeys: identity.ticketKeys,
    ...(identity.clientCaPem === null ? {} : { ca: identity.clientCaPem }),
  };
}

/** [L-146] With client authorities set, a handshake without a certificate of theirs fails. */
export function tlsOptions(identity: TlsIdentity): TlsOptions {
  const asksClient = identity.clientCaPem !== null;
  return {
    ...secureContextOptions(identity),
    ALPNProtocols: ["http/1.1"],
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
    requestCert: asksClient,
    rejectUnauthorized: asksClient,
  };
}

export function newTicketKeys(): Buffer {
  return randomBytes(TICKET_KEYS_SIZE_BYTES);
}

/** The names the server's own certificate is for. */
export function certificateNames(config: Pick<Config, "listen" | "domains">): readonly string[] {
  const names = ["localhost", "*.localhost", "*.s3.localhost", "127.0.0.1", "::1", hostname().toLowerCase()];
  const isWildcardAddress = config.listen.host === "0.0.0.0" || config.listen.host === "::";
  if (!isWildcardAddress) names.push(config.listen.host);
  for (const domain of config.domains) names.push(domain, `*.${domain}`);
  return [...new Set(names)].filter((name) => name !== "");
}
