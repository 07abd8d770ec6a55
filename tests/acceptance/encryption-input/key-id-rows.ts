import type { InputBench, Verdict } from "./input-bench.ts";
import { accountOf, FOREIGN_ALIAS, idOf, type KmsKeys } from "./kms-keys.ts";

/** Names of keys that data cannot be put under, and what the key service says to them (reference §2.4). */
export interface KeyIdRow {
  readonly name: string;
  readonly keyId: (keys: KmsKeys, region: string) => string;
  readonly expected: (named: Named) => Verdict;
}

export interface Named {
  readonly keys: KmsKeys;
  readonly region: string;
  readonly text: string;
}

const NOWHERE = "134f2428-cec1-4b25-a1ae-9048164dba47";

const notFound = (message: string): Verdict => ({ status: 400, code: "KMS.NotFoundException", message });
const ofKms = (code: string, message: string | RegExp): Verdict => ({
  status: 400,
  code: `KMS.${code}`,
  message,
});
const notAKey = ({ text }: Named): Verdict => notFound(`Invalid keyId '${text}'`);
const doesNotExist = ({ keys, region }: Named): Verdict =>
  notFound(`Key 'arn:aws:kms:${region}:${accountOf(keys.enabled)}:key/${NOWHERE}' does not exist`);
const wrongUsage = (usage: string) => (): Verdict =>
  ofKms("InvalidKeyUsageException", new RegExp(`key usage is ${usage} which is not valid for`));
/** AWS says the same whether or not there is such a key (§2.4). */
const forbidden =
  (arn: (named: Named) => string) =>
  (named: Named): Verdict => ({
    status: 403,
    code: "AccessDenied",
    message: new RegExp(
      `^User: arn:aws:iam::\\d{12}:root is not authorized to perform: kms:GenerateDataKey on resource: ${arn(named)} because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access$`,
    ),
  });

export const KEY_ID_ROWS: readonly KeyIdRow[] = [
  ...[
    "fake-key-id",
    "",
    "aws/s3",
    "../",
    "../../root.key",
    "key/../../x",
    "%2e%2e%2f",
    "*",
    "134f2428cec14b25a1ae9048164dba47",
    "k".repeat(2048),
    "{}",
  ].map(
    (text): KeyIdRow => ({
      name: `text that names no key: ${text.length > 40 ? `${text.length} characters` : JSON.stringify(text)}`,
      keyId: () => text,
      expected: notAKey,
    }),
  ),
  { name: "unknown, by its id", keyId: () => NOWHERE, expected: doesNotExist },
  {
    name: "unknown, by its ARN",
    keyId: ({ enabled }, region) => `arn:aws:kms:${region}:${accountOf(enabled)}:key/${NOWHERE}`,
    expected: doesNotExist,
  },
  {
    name: "of another region, by its ARN",
    keyId: ({ enabled }) => `arn:aws:kms:eu-north-1:${accountOf(enabled)}:key/${idOf(enabled)}`,
    expected: () => notFound("Invalid arn eu-north-1"),
  },
  {
    name: "disabled, by its ARN",
    keyId: ({ disabled }) => disabled,
    expected: ({ keys }) => ofKms("DisabledException", `${keys.disabled} is disabled.`),
  },
  {
    name: "disabled, by its id",
    keyId: ({ disabled }) => idOf(disabled),
    expected: ({ keys }) => ofKms("DisabledException", `${keys.disabled} is disabled.`),
  },
  {
    name: "pending deletion",
    keyId: ({ pendingDeletion }) => pendingDeletion,
    expected: ({ keys }) => ofKms("KMSInvalidStateException", `${keys.pendingDeletion} is pending deletion.`),
  },
  { name: "RSA for signatures", keyId: ({ signing }) => signing, expected: wrongUsage("SIGN_VERIFY") },
  {
    name: "elliptic curve for signatures",
    keyId: ({ signingElliptic }) => signingElliptic,
    expected: wrongUsage("SIGN_VERIFY"),
  },
  { name: "for MACs", keyId: ({ mac }) => mac, expected: wrongUsage("GENERATE_VERIFY_MAC") },
  {
    name: "RSA for encryption",
    keyId: ({ asymmetric }) => asymmetric,
    expected: () => ofKms("InvalidKeyUsageException", /RSA_2048/),
  },
  {
    name: "of another account, by its ARN",
    keyId: ({ foreign }) => foreign,
    expected: forbidden(({ keys }) => keys.foreign),
  },
  {
    name: "of another account, and not there",
    keyId: ({ foreign }, region) => `arn:aws:kms:${region}:${accountOf(foreign)}:key/${NOWHERE}`,
    expected: forbidden(
      ({ keys, region }) => `arn:aws:kms:${region}:${accountOf(keys.foreign)}:key/${NOWHERE}`,
    ),
  },
  {
    name: "of another account, by its id alone",
    keyId: ({ foreign }) => idOf(foreign),
    expected: ({ keys, region }) =>
      notFound(
        `Key 'arn:aws:kms:${region}:${accountOf(keys.enabled)}:key/${idOf(keys.foreign)}' does not exist`,
      ),
  },
  ...["alias/missing", "alias/aws/missing", "alias/", "alias/../aws/s3", "alias/AWS/S3", FOREIGN_ALIAS].map(
    (alias): KeyIdRow => ({
      name: `alias that is none: ${alias}`,
      keyId: () => alias,
      // [?] in the reference: in the words of the key service.
      expected: ({ keys, region }) =>
        notFound(`Alias arn:aws:kms:${region}:${accountOf(keys.enabled)}:${alias} is not found.`),
    }),
  ),
  {
    name: "alias of another region",
    keyId: ({ enabled }) => `arn:aws:kms:eu-north-1:${accountOf(enabled)}:alias/aws/s3`,
    expected: () => notFound("Invalid arn eu-north-1"),
  },
  {
    name: "ARN of something else",
    keyId: ({ enabled }, region) => `arn:aws:kms:${region}:${accountOf(enabled)}:grant/x`,
    expected: () => ofKms("InvalidArnException", /^Invalid arn /),
  },
  {
    name: "ARN of another service",
    keyId: ({ enabled }, region) => `arn:aws:s3:${region}:${accountOf(enabled)}:key/${NOWHERE}`,
    expected: () => ofKms("InvalidArnException", /^Invalid arn /),
  },
];

export const regionOf = (bench: InputBench): string => bench.server.environment.region;
