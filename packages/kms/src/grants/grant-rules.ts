import type { KeySetRecord } from "../keys/key-record.ts";
import { kindOf } from "../keys/key-spec.ts";
import { invalid, KmsError } from "../kms-error.ts";
import { type Grant, type GrantOperation, includesPairs } from "./grant.ts";

const ALWAYS: readonly GrantOperation[] = ["CreateGrant", "RetireGrant", "DescribeKey"];
const DATA_KEYS: readonly GrantOperation[] = [
  "GenerateDataKey",
  "GenerateDataKeyWithoutPlaintext",
  "GenerateDataKeyPair",
  "GenerateDataKeyPairWithoutPlaintext",
];
const ENCRYPTION: readonly GrantOperation[] = ["Encrypt", "Decrypt", "ReEncryptFrom", "ReEncryptTo"];

/** What a grant can allow on a key of this usage. */
function possibleOperations({ spec, usage }: KeySetRecord): readonly GrantOperation[] {
  switch (usage) {
    case "ENCRYPT_DECRYPT":
      return kindOf(spec) === "symmetric"
        ? [...ALWAYS, ...ENCRYPTION, ...DATA_KEYS]
        : [...ALWAYS, ...ENCRYPTION, "GetPublicKey"];
    case "SIGN_VERIFY":
      return [...ALWAYS, "Sign", "Verify", "GetPublicKey"];
    case "GENERATE_VERIFY_MAC":
      return [...ALWAYS, "GenerateMac", "VerifyMac"];
    case "KEY_AGREEMENT":
      return [...ALWAYS, "DeriveSharedSecret", "GetPublicKey"];
    case "ENCAPSULATE_DECAPSULATE":
      return [...ALWAYS, "Encapsulate", "Decapsulate", "GetPublicKey"];
  }
}

type Content = Omit<Grant, "id" | "createdMs">;

const MAX_PAIRS = 8;
const MAX_PAIR_LENGTH = 384;
const PRINCIPAL =
  /^(?:\d{12}|arn:aws:(?:iam::\d{12}:(?:root|user\/.+|role\/.+)|sts::\d{12}:(?:assumed-role\/.+\/.+|federated-user\/.+)))$/;

/** Throws ValidationException and InvalidArnException for a grant that no key of this kind can have. */
export function checkGrant(grant: Content, set: KeySetRecord): void {
  if ((grant.granteePrincipal === undefined) === (grant.granteeService === undefined)) {
    throw invalid("Specify either GranteePrincipal or GranteeServicePrincipal.");
  }
  if (grant.retiringPrincipal !== undefined && grant.retiringService !== undefined) {
    throw invalid("Specify either RetiringPrincipal or RetiringServicePrincipal.");
  }
  for (const principal of [grant.granteePrincipal, grant.retiringPrincipal]) {
    if (principal !== undefined && !PRINCIPAL.test(principal)) {
      throw new KmsError("InvalidArnException", `The principal ${principal} is not valid.`);
    }
  }
  const hasRetiring = (grant.retiringPrincipal ?? grant.retiringService) !== undefined;
  if (grant.granteeService !== undefined && (grant.sourceArn === undefined || !hasRetiring)) {
    throw invalid("A grant to a service needs a SourceArn constraint and a retiring principal.");
  }
  checkOperations(grant, set);
  checkConstraints(grant, set);
}

function checkOperations(grant: Content, set: KeySetRecord): void {
  if (grant.operations.length === 0) throw invalid("A grant needs at least one operation.");
  const possible = possibleOperations(set);
  const wrong = grant.operations.find((operation) => !possible.includes(operation));
  if (wrong !== undefined) {
    throw invalid(`Grant operation ${wrong} is not valid for a key with the usage ${set.usage}.`);
  }
  if (grant.sourceArn !== undefined && grant.operations.includes("RetireGrant")) {
    throw invalid("A SourceArn constraint cannot be used with the operation RetireGrant.");
  }
}

function checkConstraints({ contextEquals, contextSubset }: Content, set: KeySetRecord): void {
  for (const pairs of [contextEquals, contextSubset]) {
    if (pairs === undefined) continue;
    if (kindOf(set.spec) !== "symmetric") {
      throw invalid("Encryption context constraints are for symmetric encryption keys.");
    }
    const entries = Object.entries(pairs);
    const isTooLarge = ([name, value]: [string, string]): boolean =>
      name.length > MAX_PAIR_LENGTH || value.length > MAX_PAIR_LENGTH;
    if (entries.length > MAX_PAIRS || entries.some(isTooLarge)) {
      throw invalid(
        `A constraint has at most ${MAX_PAIRS} pairs, with names and values of at most ${MAX_PAIR_LENGTH} characters.`,
      );
    }
  }
}

/** Whether a grant that somebody makes by a grant of their own allows nothing that theirs does not. */
export function isWithin(grant: Content, own: Grant): boolean {
  if (!grant.operations.every((operation) => own.operations.includes(operation))) return false;
  if (own.sourceArn !== undefined && grant.sourceArn !== own.sourceArn) return false;
  const { contextEquals, contextSubset } = own;
  if (contextEquals !== undefined) {
    const pairs = grant.contextEquals ?? {};
    const isSameSize = Object.keys(pairs).length === Object.keys(contextEquals).length;
    return grant.contextEquals !== undefined && isSameSize && includesPairs(pairs, contextEquals);
  }
  if (contextSubset === undefined) return true;
  const pairs = grant.contextEquals ?? grant.contextSubset;
  return pairs !== undefined && includesPairs(pairs, contextSubset);
}

/** Whether two grants of one name are one and the same. */
export function isSameGrant(a: Content, b: Content): boolean {
  return JSON.stringify(comparable(a)) === JSON.stringify(comparable(b));
}

function comparable(grant: Content): readonly unknown[] {
  const pairs = (map: Readonly<Record<string, string>> | undefined): unknown =>
    map === undefined ? null : Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1));
  return [
    grant.granteePrincipal,
    grant.granteeService,
    grant.retiringPrincipal,
    grant.retiringService,
    [...grant.operations].sort(),
    pairs(grant.contextEquals),
    pairs(grant.contextSubset),
    grant.sourceArn,
    grant.issuingAccountId,
  ].map((value) => value ?? null);
}
