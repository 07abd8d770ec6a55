import { SecretBytes } from "@strongroom/base";
import { IamError } from "./iam-error.ts";

/** Credentials that products and documentation ship with: the first that anyone tries. */
const KNOWN_DEFAULTS: ReadonlySet<string> = new Set([
  "minioadmin",
  "minioadmin:minioadmin",
  "minio123",
  "rustfsadmin",
  "rustfssecret",
  "seaweedfs",
  "garageadmin",
  "adminadmin",
  "administrator",
  "password",
  "passwordpassword",
  "password12345678",
  "changeme",
  "changemechangeme",
  "changeme12345678",
  "secretsecretsecret",
  "secretaccesskey",
  "secret-access-key",
  "verysecretkey1234",
  "test-secret-access-key",
  "1234567890123456",
  "12345678901234567890",
  "0123456789abcdef",
  "wjalrxutnfemi/k7mdeng/bpxrficyexamplekey",
  "wjalrxutnfemi/k7mdeng+bpxrficyexamplekey",
  "je7mtgbclwbf/2zk/h3ycno8n4ytyvvu6bzf3mfs",
]);

const SECRET_MIN_LENGTH = 16;
const SECRET_MAX_LENGTH = 128;
/** Eight different characters in sixteen: below that it is a pattern, not a secret. */
const SECRET_MIN_VARIETY = 8;

/**
 * Checks credentials that a person chose. Throws InvalidCredentials or, for well-known ones, DefaultCredentials;
 * the message names the rule and never the value.
 */
export function requireChosenCredentials(accessKeyId: string, secretAccessKey: string): SecretBytes {
  if (!/^\w{3,128}$/.test(accessKeyId)) {
    throw refused("InvalidCredentials", "A root access key id has 3 to 128 letters, digits and underscores.");
  }
  const isDefault = [secretAccessKey.toLowerCase(), accessKeyId.toLowerCase()].some((text) =>
    KNOWN_DEFAULTS.has(text),
  );
  if (isDefault || /^(.+?)\1*$/.exec(secretAccessKey)?.[1] === accessKeyId) {
    throw refused(
      "DefaultCredentials",
      "The root credentials are well-known defaults, which everyone tries first. Choose a random secret, or leave both out to have them made.",
    );
  }
  const { length } = secretAccessKey;
  if (length < SECRET_MIN_LENGTH || length > SECRET_MAX_LENGTH || !/^[\x21-\x7e]+$/.test(secretAccessKey)) {
    throw refused(
      "InvalidCredentials",
      `A root secret access key has ${SECRET_MIN_LENGTH} to ${SECRET_MAX_LENGTH} printable ASCII characters without spaces.`,
    );
  }
  if (new Set(secretAccessKey).size < SECRET_MIN_VARIETY) {
    throw refused(
      "InvalidCredentials",
      "The root secret access key repeats too few characters to be a secret.",
    );
  }
  return new SecretBytes(Buffer.from(secretAccessKey, "latin1"));
}

function refused(code: "InvalidCredentials" | "DefaultCredentials", message: string): IamError {
  return new IamError(code, "invalid", message);
}
