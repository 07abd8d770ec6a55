import {
  integer,
  listOf,
  mapOf,
  type OutputValue,
  oneOf,
  type ParsedAs,
  required,
  structure,
  text,
} from "@strongroom/wire";
import type { EncryptionContext } from "../ciphertext-blob/encryption-context.ts";
import { decode, encode } from "../keys/key-record.ts";

export const GRANT_OPERATIONS = [
  "Decrypt",
  "Encrypt",
  "GenerateDataKey",
  "GenerateDataKeyWithoutPlaintext",
  "ReEncryptFrom",
  "ReEncryptTo",
  "Sign",
  "Verify",
  "GetPublicKey",
  "CreateGrant",
  "RetireGrant",
  "DescribeKey",
  "GenerateDataKeyPair",
  "GenerateDataKeyPairWithoutPlaintext",
  "GenerateMac",
  "VerifyMac",
  "DeriveSharedSecret",
  "Encapsulate",
  "Decapsulate",
] as const;
export type GrantOperation = (typeof GRANT_OPERATIONS)[number];

const GRANT = structure({
  format: required(integer({ min: 1, max: 1 })),
  /** 64 hexadecimal digits. */
  id: required(text()),
  name: text(),
  region: required(text()),
  keyId: required(text()),
  accountId: required(text()),
  granteePrincipal: text(),
  /** The unique id of the user or role that the grantee was when the grant was made. */
  granteeId: text(),
  granteeService: text(),
  retiringPrincipal: text(),
  retiringId: text(),
  retiringService: text(),
  operations: required(listOf(oneOf(GRANT_OPERATIONS))),
  contextEquals: mapOf(text()),
  contextSubset: mapOf(text()),
  sourceArn: text(),
  createdMs: required(integer()),
  /** The account whose principal made it. */
  issuingAccountId: required(text()),
});

/** What a key's owner lets somebody do with it: it allows, never denies. */
export type Grant = Omit<ParsedAs<typeof GRANT>, "format">;

/** Operations whose encryption context a grant's constraints look at. */
const WITH_CONTEXT: ReadonlySet<GrantOperation> = new Set([
  "Decrypt",
  "Encrypt",
  "GenerateDataKey",
  "GenerateDataKeyWithoutPlaintext",
  "GenerateDataKeyPair",
  "GenerateDataKeyPairWithoutPlaintext",
  "ReEncryptFrom",
  "ReEncryptTo",
]);

export function encodeGrant(grant: Grant): Buffer {
  return encode(grant);
}

export function decodeGrant(bytes: Uint8Array): Grant {
  return decode(GRANT, bytes);
}

/** Whether the grant's constraints hold for an operation with this context and source. */
export function meetsConstraints(
  grant: Grant,
  operation: GrantOperation,
  context: EncryptionContext,
  sourceArn: string | null,
): boolean {
  if (grant.sourceArn !== undefined && grant.sourceArn !== sourceArn) return false;
  if (!WITH_CONTEXT.has(operation)) return true;
  const { contextEquals, contextSubset } = grant;
  if (contextEquals !== undefined) {
    const isSameSize = Object.keys(contextEquals).length === Object.keys(context).length;
    if (!isSameSize || !includesPairs(context, contextEquals)) return false;
  }
  return contextSubset === undefined || includesPairs(context, contextSubset);
}

/** Whether one of a principal's names is the grantee's: by unique id where it has one. */
export function isGrantee(grant: Grant, names: ReadonlySet<string>): boolean {
  return names.has(grant.granteeId ?? grant.granteePrincipal ?? grant.granteeService ?? "");
}

/** As `isGrantee`, of the retiring principal. */
export function isRetirer(grant: Grant, names: ReadonlySet<string>): boolean {
  return names.has(grant.retiringId ?? grant.retiringPrincipal ?? grant.retiringService ?? "");
}

/** Names compare without case, as AWS documents for grants; values exactly. */
export function includesPairs(context: EncryptionContext, wanted: EncryptionContext): boolean {
  const lower = new Map(Object.entries(context).map(([name, value]) => [name.toLowerCase(), value]));
  return Object.entries(wanted).every(([name, value]) => lower.get(name.toLowerCase()) === value);
}

/** A grant as ListGrants shows it. */
export function printGrant(grant: Grant, keyArn: string): { readonly [name: string]: OutputValue } {
  const { contextEquals, contextSubset, sourceArn } = grant;
  const isConstrained = contextEquals !== undefined || contextSubset !== undefined || sourceArn !== undefined;
  const constraints = {
    EncryptionContextEquals: contextEquals,
    EncryptionContextSubset: contextSubset,
    SourceArn: sourceArn,
  };
  return {
    KeyId: keyArn,
    GrantId: grant.id,
    Name: grant.name ?? "",
    CreationDate: new Date(grant.createdMs),
    GranteePrincipal: grant.granteePrincipal ?? grant.granteeService,
    GranteeServicePrincipal: grant.granteeService,
    RetiringPrincipal: grant.retiringPrincipal ?? grant.retiringService,
    RetiringServicePrincipal: grant.retiringService,
    IssuingAccount: `arn:aws:iam::${grant.issuingAccountId}:root`,
    Operations: grant.operations,
    Constraints: isConstrained ? constraints : undefined,
  };
}
