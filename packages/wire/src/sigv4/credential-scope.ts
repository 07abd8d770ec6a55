import type { CredentialScope, SignatureExpectation } from "./request-signature.ts";
import { SCOPE_TERMINAL } from "./string-to-sign.ts";

/** A fault of a credential: S3's text without the prefix that depends on where the credential stood. */
export interface CredentialFault {
  readonly message: string;
  readonly details: Readonly<Record<string, string>>;
}

export interface Credential {
  readonly accessKeyId: string;
  readonly scope: CredentialScope;
}

const EXPECTED_FORM = '"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request"';

/** Reads `AKID/YYYYMMDD/region/service/aws4_request` and checks each part against what is expected. */
export function parseCredential(
  text: string,
  amzDate: string,
  expected: SignatureExpectation,
): Credential | CredentialFault {
  const [accessKeyId = "", date = "", region = "", service = "", terminal = "", ...rest] = text.split("/");
  if (accessKeyId === "" || terminal === "" || rest.length > 0) {
    return fault(`the Credential is mal-formed; expecting ${EXPECTED_FORM}.`);
  }
  if (!/^\d{8}$/.test(date)) {
    return fault(
      `incorrect date format "${date}". This date in the credential must be in the format "yyyyMMdd".`,
    );
  }
  if (!expected.services.includes(service)) {
    return fault(`incorrect service "${service}". This endpoint belongs to "${expected.services[0] ?? ""}".`);
  }
  if (terminal !== SCOPE_TERMINAL) {
    return fault(`incorrect terminal "${terminal}". This endpoint uses "${SCOPE_TERMINAL}".`);
  }
  if (region !== expected.region && expected.furtherRegions?.[service]?.includes(region) !== true) {
    return fault(`the region '${region}' is wrong; expecting '${expected.region}'`, {
      Region: expected.region,
    });
  }
  if (!amzDate.startsWith(date)) {
    const other = amzDate.slice(0, 8);
    return fault(`Invalid credential date "${date}". This date is not the same as X-Amz-Date: "${other}".`);
  }
  return { accessKeyId, scope: { date, region, service } };
}

function fault(message: string, details: Readonly<Record<string, string>> = {}): CredentialFault {
  return { message, details };
}
