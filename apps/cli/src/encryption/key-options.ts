import { readFileSync } from "node:fs";
import {
  type DecryptionKeyring,
  type Keyring,
  KmsDiscoveryKeyring,
  KmsKeyring,
  keyringOfKeyFile,
} from "@strongroom/s3-encryption-client";
import { type Command, Option } from "commander";
import { openKms } from "./aws-clients.ts";
import { EncryptionCommandError, optionError } from "./encryption-command-error.ts";

/** The key to work with, as the options name it. */
export interface KeyOptions {
  readonly keyFile: string | null;
  readonly kmsKeyId: string | null;
  readonly context: Readonly<Record<string, string>>;
}

export function addKeyOptions(command: Command): Command {
  return command
    .option("--key <FILE>", "AES key (raw, hex, base64, JWK) or RSA key (PEM, DER, JWK)")
    .option("--kms-key-id <ID>", "key id, ARN or alias of a KMS key")
    .addOption(
      new Option("--context <NAME=VALUE>", "a pair of the encryption context (repeatable)")
        .argParser((pair: string, before: readonly string[] = []) => [...before, pair])
        .default([], "none"),
    );
}

export function readKeyOptions(options: Readonly<Record<string, unknown>>): KeyOptions {
  const keyFile = textOption(options, "key");
  const kmsKeyId = textOption(options, "kmsKeyId");
  if (keyFile !== null && kmsKeyId !== null)
    throw optionError("--key and --kms-key-id name two keys", "give one of them");
  const pairs = Array.isArray(options["context"]) ? options["context"].map(String) : [];
  return { keyFile, kmsKeyId, context: parsePairs(pairs) };
}

/** A text option's value; null when it was not given. */
export function textOption(options: Readonly<Record<string, unknown>>, name: string): string | null {
  const value = options[name];
  return typeof value === "string" ? value : null;
}

function parsePairs(pairs: readonly string[]): Record<string, string> {
  const context: Record<string, string> = Object.create(null);
  for (const pair of pairs) {
    const at = pair.indexOf("=");
    if (at < 1) throw optionError(`--context ${pair} is no NAME=VALUE`, "write it as --context NAME=VALUE");
    context[pair.slice(0, at)] = pair.slice(at + 1);
  }
  return context;
}

/** To write with. */
export async function openWritingKeyring({ keyFile, kmsKeyId, context }: KeyOptions): Promise<Keyring> {
  if (kmsKeyId !== null) return new KmsKeyring({ kms: openKms(), keyId: kmsKeyId });
  if (keyFile === null)
    throw new EncryptionCommandError("KeyNeeded", "invalid", "no key is named to encrypt with", {
      next: "give --key FILE (`openssl rand -out FILE 32` makes an AES key) or --kms-key-id ID",
    });
  return keyringOfKeyFile(readFileSync(keyFile), { materialsDescription: context });
}

/** To read with. An object under a KMS key says by itself which; the caller's rights decide. */
export async function openReadingKeyring(
  { keyFile, kmsKeyId }: KeyOptions,
  needs: "kms" | "aes" | "rsa",
  enableLegacyWrappingAlgorithms: boolean,
): Promise<DecryptionKeyring> {
  if (keyFile !== null) return keyringOfKeyFile(readFileSync(keyFile), { enableLegacyWrappingAlgorithms });
  if (needs !== "kms")
    throw new EncryptionCommandError(
      "KeyNeeded",
      "invalid",
      `the object's data key is wrapped with an ${needs.toUpperCase()} key`,
      { next: `give it with --key FILE${needs === "rsa" ? " (the private one)" : ""}` },
    );
  const kms = openKms();
  return kmsKeyId === null
    ? new KmsDiscoveryKeyring({ kms, enableLegacyWrappingAlgorithms })
    : new KmsKeyring({ kms, keyId: kmsKeyId, enableLegacyWrappingAlgorithms });
}
