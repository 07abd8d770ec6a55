const REDACTED = "REDACTED";

/**
 * An address as it was sent, without values of its query that prove or open anything: signatures, session tokens,
 * customers' keys, be it in an address within the address. Everything else stays as it is, byte for byte.
 */
export function withoutSecrets(address: string): string {
  const question = address.indexOf("?");
  if (question < 0) return address;
  const query = address.slice(question + 1).split(/([&#])/);
  return `${address.slice(0, question)}?${query.map(redact).join("")}`;
}

function redact(parameter: string): string {
  const equals = parameter.indexOf("=");
  if (equals < 0) return parameter;
  const [name, value] = [parameter.slice(0, equals), parameter.slice(equals + 1)];
  return isSecret(name) || holdsSecret(value) ? `${name}=${REDACTED}` : parameter;
}

/** Encoded so often at most: what is deeper was made to be hidden, not by a browser. */
const MAX_ENCODINGS = 4;
const INNER_NAME = /[?&#]([^?&#=]+)=/g;

/** Whether a value is an address itself, as of a page that shows what is there, with such a parameter. */
function holdsSecret(value: string): boolean {
  let text = value;
  for (let level = 0; level < MAX_ENCODINGS; level++) {
    if (text.matchAll(INNER_NAME).some(([, name = ""]) => isSecret(name))) return true;
    const decoded = decode(text);
    if (decoded === text) return false;
    text = decoded;
  }
  return false;
}

/**
 * Names are compared as a reader of addresses would, without case and decoded; what was mistyped around a name of
 * Amazon's leaves the value as secret as it is.
 */
function isSecret(encodedName: string): boolean {
  const name = decode(encodedName).trim().toLowerCase();
  if (name === "signature" || name === "authorization") return true;
  // MinIO's client for JavaScript sends a customer's key in headers, and once more in the query as SSECustomerKey.
  const isCustomerKey = name.replaceAll("-", "").includes("customerkey");
  return name.endsWith("x-amz-signature") || name.endsWith("-token") || isCustomerKey;
}

/** Also where some of it cannot be decoded; names are ASCII. */
function decode(text: string): string {
  return text
    .replaceAll("+", " ")
    .replace(/%[0-9a-f]{2}/gi, (coded) => String.fromCharCode(Number.parseInt(coded.slice(1), 16)));
}
