// The X.509 library finds its parts by metadata, and wants this loaded before itself.
import "reflect-metadata";
import { randomBytes, webcrypto } from "node:crypto";
import { isIP } from "node:net";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type JsonGeneralName,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";

/** A certificate with its private key, both PEM. The key never reaches a disk unsealed. */
export interface KeyedCertificate {
  readonly certificatePem: string;
  readonly privateKeyPem: string;
}

const DAY_MS = 86_400_000;
const AUTHORITY_DAYS = 3650;
/** Apple's clients refuse server certificates of more than 825 days, browsers' limits shrink: stay well below. */
const SERVER_DAYS = 90;
const RENEW_BEFORE_DAYS = 30;
/** Clients' clocks may be behind. */
const BACKDATE_MS = 3_600_000;
const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;

/** A new self-signed authority of this server alone. */
export async function makeAuthority(nowMs: number): Promise<KeyedCertificate> {
  const keys = await makeKeys();
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: `CN=Strongroom authority ${randomBytes(4).toString("hex")}`,
    notBefore: new Date(nowMs - BACKDATE_MS),
    notAfter: new Date(nowMs + AUTHORITY_DAYS * DAY_MS),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificatePem: pem(certificate), privateKeyPem: await privateKeyPem(keys.privateKey) };
}

/** A certificate for `names` (host names, wildcards, addresses), issued by `authority`. */
export async function issueCertificate(
  authority: KeyedCertificate,
  names: readonly string[],
  nowMs: number,
  usage: "server" | "client" = "server",
): Promise<KeyedCertificate> {
  const issuer = new X509Certificate(authority.certificatePem);
  const keys = await makeKeys();
  const certificate = await X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    issuer: issuer.subject,
    subject: `CN=Strongroom ${usage}`,
    notBefore: new Date(nowMs - BACKDATE_MS),
    notAfter: new Date(Math.min(nowMs + SERVER_DAYS * DAY_MS, issuer.notAfter.getTime())),
    signingKey: await importPrivateKey(authority.privateKeyPem),
    publicKey: keys.publicKey,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([
        usage === "server" ? ExtendedKeyUsage.serverAuth : ExtendedKeyUsage.clientAuth,
      ]),
      new SubjectAlternativeNameExtension(names.map(generalName)),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      await AuthorityKeyIdentifierExtension.create(issuer),
    ],
  });
  return { certificatePem: pem(certificate), privateKeyPem: await privateKeyPem(keys.privateKey) };
}

/** Whether a certificate is still good: issued by `authority`, for all of `names`, and not close to its end. */
export function isCurrent(
  certificatePem: string,
  authority: KeyedCertificate,
  names: readonly string[],
  nowMs: number,
): boolean {
  const certificate = new X509Certificate(certificatePem);
  const issuer = new X509Certificate(authority.certificatePem);
  const covered = new Set(
    certificate
      .getExtension(SubjectAlternativeNameExtension)
      ?.names.toJSON()
      .map((name) => name.value),
  );
  return (
    certificate.issuer === issuer.subject &&
    names.every((name) => covered.has(name)) &&
    certificate.notAfter.getTime() - nowMs > RENEW_BEFORE_DAYS * DAY_MS
  );
}

export function isExpired(certificatePem: string, nowMs: number): boolean {
  return new X509Certificate(certificatePem).notAfter.getTime() <= nowMs;
}

function generalName(name: string): JsonGeneralName {
  return isIP(name) === 0 ? { type: "dns", value: name } : { type: "ip", value: name };
}

function makeKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
}

async function privateKeyPem(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", key));
  const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
  der.fill(0);
  return `-----BEGIN PRIVATE KEY-----\n${lines.join("\n")}\n-----END PRIVATE KEY-----\n`;
}

function importPrivateKey(privateKeyPem: string): Promise<webcrypto.CryptoKey> {
  const der = Buffer.from(privateKeyPem.replace(/-----[A-Z ]+-----|\s/g, ""), "base64");
  return webcrypto.subtle.importKey("pkcs8", der, ALGORITHM, false, ["sign"]);
}

function pem(certificate: X509Certificate): string {
  return `${certificate.toString("pem").trim()}\n`;
}

/** 159 random bits, positive (RFC 5280 §4.1.2.2). */
function serialNumber(): string {
  const bytes = randomBytes(20);
  bytes.writeUInt8((bytes.readUInt8(0) & 0x7f) | 0x40, 0);
  return bytes.toString("hex");
}
