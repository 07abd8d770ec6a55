import { badOption } from "./import-error.ts";

export const TARGET_SCHEMES = ["default", "sse-s3", "sse-kms", "dsse-kms", "sse-c"] as const;
export type TargetScheme = (typeof TARGET_SCHEMES)[number];

/** How the target is to seal what it gets. */
export interface TargetEncryption {
  readonly scheme: TargetScheme;
  readonly kmsKeyId: string | null;
  /** Base64. */
  readonly customerKey: string | null;
}

/** Throws ImportError "BadOption" for options that do not fit together. */
export function requireFittingEncryption(
  encryption: TargetEncryption,
  endpoint: string | null,
): TargetEncryption {
  const { scheme, kmsKeyId, customerKey } = encryption;
  if (kmsKeyId !== null && scheme !== "sse-kms" && scheme !== "dsse-kms")
    throw badOption("--to-kms-key-id goes with sse-kms and dsse-kms alone", "give --to-encryption sse-kms");
  if ((customerKey !== null) !== (scheme === "sse-c"))
    throw badOption(
      "--to-customer-key and --to-encryption sse-c go together",
      "make a key with `openssl rand -out FILE 32`, and keep it: nobody else does",
    );
  if (scheme === "sse-c" && endpoint?.startsWith("http:") === true)
    throw badOption("a customer's key would travel in the clear", "use an https endpoint");
  return encryption;
}

interface CustomerKeyFields {
  readonly SSECustomerAlgorithm?: string;
  readonly SSECustomerKey?: string;
}

/** For requests that need the customer's key again: parts of an upload. */
export function customerKeyFields({ customerKey }: TargetEncryption): CustomerKeyFields {
  return customerKey === null ? {} : { SSECustomerAlgorithm: "AES256", SSECustomerKey: customerKey };
}

interface EncryptionFields extends CustomerKeyFields {
  readonly ServerSideEncryption?: "AES256" | "aws:kms" | "aws:kms:dsse";
  readonly SSEKMSKeyId?: string;
}

const SERVER_SIDE = { "sse-s3": "AES256", "sse-kms": "aws:kms", "dsse-kms": "aws:kms:dsse" } as const;

/** For requests that make an object. */
export function encryptionFields(encryption: TargetEncryption): EncryptionFields {
  const { scheme, kmsKeyId } = encryption;
  if (scheme === "default") return {};
  if (scheme === "sse-c") return customerKeyFields(encryption);
  return {
    ServerSideEncryption: SERVER_SIDE[scheme],
    ...(kmsKeyId === null ? {} : { SSEKMSKeyId: kmsKeyId }),
  };
}
