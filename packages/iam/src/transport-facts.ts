/**
 * How a request reached the server: the facts behind `aws:SourceIp`, `aws:SecureTransport` and `s3:TlsVersion`. Made
 * from the connection, and from forwarded headers of listed proxies alone [L-170].
 */
export interface TransportFacts {
  /** The client's address, canonical and without a port; IPv4 as such. "" when the connection is already gone. */
  readonly sourceIp: string;
  /** The client speaks TLS: to this server, or to a trusted proxy that says so. */
  readonly secure: boolean;
  /** `1.2` or `1.3`; null without TLS, and behind a proxy, which does not tell it. */
  readonly tlsVersion: string | null;
}
