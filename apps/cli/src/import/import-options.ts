import { createSecretKey } from "node:crypto";
import { readFileSync } from "node:fs";
import { type Command, InvalidArgumentError, Option } from "commander";
import { type ImportSettings, readAwsSettings, readImportSettings } from "../config.ts";
import { SETTINGS, type Setting } from "./bucket-settings.ts";
import { badOption } from "./import-error.ts";
import type { ImportSource } from "./import-source.ts";
import { MinioFolderSource } from "./minio/minio-folder-source.ts";
import { parseStaticKmsKey } from "./minio/static-kms-key.ts";
import { connectS3 } from "./s3-connection.ts";
import { S3Source } from "./s3-source.ts";
import {
  requireFittingEncryption,
  TARGET_SCHEMES,
  type TargetEncryption,
  type TargetScheme,
} from "./target-encryption.ts";

type Options = Readonly<Record<string, unknown>>;

const CUSTOMER_KEY_BYTES = 32;
const MAX_KEY_FILE_BYTES = 4096;
const MAX_CONCURRENCY = 256;

export function addImportOptions(command: Command): Command {
  const several = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];
  return command
    .option("--from-endpoint <URL>", "an S3 endpoint to import from")
    .option("--from-region <REGION>", "its region", "us-east-1")
    .option(
      "--from-profile <NAME>",
      "a profile of the shared AWS files (default: STRONGROOM_IMPORT_ACCESS_KEY_ID and …)",
    )
    .option("--from-ca <FILE>", "a PEM file of authorities to trust for it")
    .addOption(
      new Option(
        "--from-minio-folder <DIR>",
        "a drive of a stopped MinIO server (repeat for each drive)",
      ).argParser(several),
    )
    .addOption(
      new Option(
        "--minio-kms-key <NAME:BASE64>",
        "its MINIO_KMS_SECRET_KEY (better in that variable)",
      ).argParser(several),
    )
    .addOption(new Option("--minio-kms-key-file <FILE>", "a file with the same").argParser(several))
    .addOption(
      new Option(
        "--from-customer-key <FILE>",
        "a key of SSE-C objects: 32 bytes, raw, hex or base64 (repeatable)",
      ).argParser(several),
    )
    .addOption(
      new Option("--bucket <NAME>", "only this bucket; NAME=TARGET renames it (repeatable)").argParser(
        several,
      ),
    )
    .option("--prefix <PREFIX>", "only keys that begin with it", "")
    .addOption(
      new Option("--versions <WHICH>", "all, or only the current ones")
        .choices(["all", "current"])
        .default("all"),
    )
    .addOption(
      new Option("--to-encryption <SCHEME>", "how the target seals; default: as its buckets say")
        .choices([...TARGET_SCHEMES])
        .default("default"),
    )
    .option("--to-kms-key-id <ID>", "for sse-kms and dsse-kms")
    .option("--to-customer-key <FILE>", "for sse-c: 32 bytes, raw, hex or base64")
    .option(
      "--settings <LIST>",
      `settings of buckets to bring over: ${SETTINGS.join(",")}, or all`,
      parseSettings,
      [],
    )
    .option("--overwrite", "write above what the target holds under the same key")
    .option("--concurrency <N>", "objects under way at once", parseConcurrency, 8)
    .option("--state <FILE>", "remembers what is done, for the next run", "strongroom-import.state")
    .option("--dry-run", "only say what would be copied")
    .option("--progress", "tell how far it is, also when standard error is no terminal")
    .option("--json", "print the summary as an object");
}

function parseSettings(text: string): readonly Setting[] {
  if (text === "all") return SETTINGS;
  return text.split(",").map((name) => {
    const setting = SETTINGS.find((known) => known === name.trim());
    if (setting === undefined) throw new InvalidArgumentError(`It knows ${SETTINGS.join(", ")} and all.`);
    return setting;
  });
}

function parseConcurrency(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > MAX_CONCURRENCY)
    throw new InvalidArgumentError(`A number from 1 to ${MAX_CONCURRENCY}.`);
  return value;
}

/** Opens what the options name. Throws ImportError "BadOption". */
export function openSource(
  options: Options,
  concurrency: number,
  settings: ImportSettings = readImportSettings(),
): ImportSource {
  const endpoint = textOf(options, "fromEndpoint");
  const folders = listOf(options, "fromMinioFolder");
  if ((endpoint === null) === (folders.length === 0))
    throw badOption("name one source", "give --from-endpoint URL, or --from-minio-folder DIR");
  const customerKeys = listOf(options, "fromCustomerKey").map(readCustomerKey);
  if (endpoint === null) {
    const texts = [
      ...listOf(options, "minioKmsKey"),
      ...listOf(options, "minioKmsKeyFile").map((path) => readSmallFile(path).toString("utf8").trim()),
      ...(settings.minioKmsKey === null ? [] : [settings.minioKmsKey]),
    ];
    return new MinioFolderSource(folders, {
      kms: texts.map(parseStaticKmsKey),
      customerKeys: customerKeys.map((key) => createSecretKey(key)),
    });
  }
  if (customerKeys.length > 0 && !endpoint.startsWith("https:"))
    throw badOption("a customer's key would travel in the clear", "use an https endpoint");
  const profile = textOf(options, "fromProfile");
  const credentials = profile === null ? settings.sourceCredentials : null;
  if (profile === null && credentials === null)
    throw badOption(
      "no credentials for the source",
      "set STRONGROOM_IMPORT_ACCESS_KEY_ID and STRONGROOM_IMPORT_SECRET_ACCESS_KEY, or give --from-profile NAME",
    );
  const place = {
    endpoint,
    region: textOf(options, "fromRegion"),
    credentials,
    profile,
    caFile: textOf(options, "fromCa"),
  };
  return new S3Source(endpoint, connectS3(place, concurrency, 4), customerKeys);
}

/** The target is what the environment names, as for every AWS tool: `strongroom env` prints it. */
export function connectTarget(concurrency: number) {
  const { caBundleFile, isElsewhere, endpoint } = readAwsSettings();
  if (!isElsewhere || endpoint === null)
    throw badOption("the environment names no server to import into", 'run eval "$(strongroom env)" first');
  const place = { endpoint, region: null, credentials: null, profile: null, caFile: caBundleFile };
  return { endpoint, client: connectS3(place, concurrency, 1) };
}

export function readTargetEncryption(options: Options, endpoint: string): TargetEncryption {
  const keyFile = textOf(options, "toCustomerKey");
  const scheme: TargetScheme = TARGET_SCHEMES.find((name) => name === options["toEncryption"]) ?? "default";
  return requireFittingEncryption(
    {
      scheme,
      kmsKeyId: textOf(options, "toKmsKeyId"),
      customerKey: keyFile === null ? null : readCustomerKey(keyFile).toString("base64"),
    },
    endpoint,
  );
}

/** `NAME` or `NAME=TARGET`. */
export function parseBucketRoute(text: string): { readonly bucket: string; readonly target: string } {
  const [bucket = "", target = bucket, ...more] = text.split("=");
  if (bucket === "" || target === "" || more.length > 0)
    throw badOption(`--bucket ${text} is no NAME or NAME=TARGET`, "write it as --bucket NAME=TARGET");
  return { bucket, target };
}

export function textOf(options: Options, name: string): string | null {
  const value = options[name];
  return typeof value === "string" ? value : null;
}

export function listOf(options: Options, name: string): readonly string[] {
  const value = options[name];
  return Array.isArray(value) ? value.map(String) : [];
}

function readCustomerKey(path: string): Buffer {
  const bytes = readSmallFile(path);
  if (bytes.length === CUSTOMER_KEY_BYTES) return bytes;
  const text = bytes.toString("latin1").trim();
  const key = /^[0-9a-fA-F]{64}$/.test(text) ? Buffer.from(text, "hex") : Buffer.from(text, "base64");
  if (key.length !== CUSTOMER_KEY_BYTES)
    throw badOption(`${path} holds no key of 32 bytes`, "give it raw, in hex or in base64");
  return key;
}

function readSmallFile(path: string): Buffer {
  try {
    const bytes = readFileSync(path);
    if (bytes.length <= MAX_KEY_FILE_BYTES) return bytes;
  } catch {
    throw badOption(`${path} cannot be read`, "name a file with the key alone");
  }
  throw badOption(`${path} is too long for a key`, "name a file with the key alone");
}
