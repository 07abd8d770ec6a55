import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { missingTool } from "./tool-lookup.ts";

export const noOpenssl = missingTool("openssl", "version");

export interface TestAuthority {
  readonly certificateFile: string;
  readonly certificate: Buffer;
  /** A certificate and key of this authority, as files and bytes. */
  issue(
    name: string,
    server: boolean,
  ): { certificateFile: string; keyFile: string; certificate: Buffer; key: Buffer };
}

/** An authority that exists for one test, made by OpenSSL. */
export function makeAuthority(folder: string, name: string): TestAuthority {
  const openssl = (...parameters: string[]): void => {
    execFileSync("openssl", parameters, { stdio: "ignore" });
  };
  const path = (file: string): string => join(folder, file);
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  const caFile = path(`${name}-ca.pem`);
  const caKey = path(`${name}-ca.key`);
  openssl("req", "-x509", ...newKey, "-days", "2", "-subj", `/CN=${name}`, "-keyout", caKey, "-out", caFile);
  return {
    certificateFile: caFile,
    certificate: readFileSync(caFile),
    issue(subject, server) {
      const certificateFile = path(`${name}-${subject}.pem`);
      const keyFile = path(`${name}-${subject}.key`);
      const usage = server
        ? ["-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost", "-addext", "extendedKeyUsage=serverAuth"]
        : ["-addext", "extendedKeyUsage=clientAuth"];
      openssl(
        ...[
          "req",
          "-x509",
          ...newKey,
          "-days",
          "2",
          "-subj",
          `/CN=${subject}`,
          "-CA",
          caFile,
          "-CAkey",
          caKey,
        ],
        ...usage,
        ...["-addext", "basicConstraints=critical,CA:FALSE"],
        ...["-keyout", keyFile, "-out", certificateFile],
      );
      return {
        certificateFile,
        keyFile,
        certificate: readFileSync(certificateFile),
        key: readFileSync(keyFile),
      };
    },
  };
}
