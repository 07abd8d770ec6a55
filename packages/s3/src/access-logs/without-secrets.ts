const REDACTED = "REDACTED";

/**
 * An address as it was sent, without values of its query that prove or open anything: signatures, session tokens,
 * customers' keys. Everything else stays as it is, byte for byte.
 */
export function withoutSecrets(address: string): string {
  const question = address.indexOf("?");
  if (question < 0) return address;
  const query = address.slice(question + 1).split(/([&#])/);
  return `${address.slice(0, question)}?${query.map(redact).join("")}`;
}

function redact(parameter: string): string {
  const equals = parameter.indexOf("=");
  if (equals < 0 || !isSecret(parameter.slice(0, equals))) return parameter;
  return `${parameter.slice(0, equals)}=${REDACTED}`;
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
