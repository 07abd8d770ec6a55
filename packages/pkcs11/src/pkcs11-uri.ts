/** A PKCS#11 URI (RFC 7512), as far as it is needed to find a token, its module and a key in it. */
export interface Pkcs11Uri {
  /** Label of the token. */
  readonly token: string;
  /** Label of the key; null: none is named. */
  readonly object: string | null;
  readonly modulePath: string;
  /** Where the PIN is: a file or a variable of the environment. null: it comes from elsewhere. */
  readonly pinSource: { readonly kind: "file" | "env"; readonly name: string } | null;
}

export const PKCS11_URI_FORM = "pkcs11:token=LABEL;object=LABEL?module-path=FILE&pin-source=file:FILE";

const MAX_LABEL_BYTES = 32;
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;

/**
 * Parses a URI. Throws a RangeError that says what is expected: also for `pin-value`, which would put a secret where
 * every process can see it, and for attributes that nothing here would look at.
 */
export function parsePkcs11Uri(text: string): Pkcs11Uri {
  const refuse = (why: string): never => {
    throw new RangeError(`expected ${PKCS11_URI_FORM}: ${why}`);
  };
  if (!text.startsWith("pkcs11:")) refuse("it begins otherwise");
  const [path = "", query = ""] = text.slice("pkcs11:".length).split("?", 2);
  const ofPath = parseAttributes(path, ";", refuse);
  const ofQuery = parseAttributes(query, "&", refuse);
  for (const name of ofPath.keys())
    if (name !== "token" && name !== "object") refuse(`the attribute ${name} is not supported`);
  for (const name of ofQuery.keys()) {
    if (name === "pin-value") refuse("a PIN does not belong there; put it into a file for pin-source");
    if (name !== "module-path" && name !== "pin-source") refuse(`the attribute ${name} is not supported`);
  }
  const token = ofPath.get("token") ?? refuse("the token's label is missing");
  const modulePath = ofQuery.get("module-path") ?? refuse("module-path is missing");
  if (!modulePath.startsWith("/")) refuse("module-path must be a whole path");
  const object = ofPath.get("object") ?? null;
  if (token === "" || Buffer.byteLength(token) > MAX_LABEL_BYTES) refuse("a token's label has 1 to 32 bytes");
  if (object !== null && (object === "" || Buffer.byteLength(object) > 2 * MAX_LABEL_BYTES))
    refuse("a key's label has 1 to 64 bytes");
  return { token, object, modulePath, pinSource: parsePinSource(ofQuery.get("pin-source"), refuse) };
}

/** What `parsePkcs11Uri` reads back. */
export function printPkcs11Uri(uri: Pkcs11Uri): string {
  const { token, object, modulePath, pinSource } = uri;
  const path = [`token=${encodeURIComponent(token)}`];
  if (object !== null) path.push(`object=${encodeURIComponent(object)}`);
  const query = [`module-path=${encodePath(modulePath)}`];
  if (pinSource !== null) query.push(`pin-source=${pinSource.kind}:${encodePath(pinSource.name)}`);
  return `pkcs11:${path.join(";")}?${query.join("&")}`;
}

const encodePath = (path: string): string => path.split("/").map(encodeURIComponent).join("/");

function parseAttributes(
  text: string,
  separator: string,
  refuse: (why: string) => never,
): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const attribute of text === "" ? [] : text.split(separator)) {
    const at = attribute.indexOf("=");
    if (at < 1) refuse(`${attribute === "" ? "an empty attribute" : "an attribute"} has no value`);
    const name = attribute.slice(0, at);
    if (found.has(name)) refuse(`${name} is there twice`);
    try {
      found.set(name, decodeURIComponent(attribute.slice(at + 1)));
    } catch {
      refuse(`the value of ${name} is not percent-encoded UTF-8`);
    }
    if (found.get(name)?.includes("\0") === true) refuse(`the value of ${name} has a zero byte`);
  }
  return found;
}

function parsePinSource(text: string | undefined, refuse: (why: string) => never): Pkcs11Uri["pinSource"] {
  if (text === undefined) return null;
  const at = text.indexOf(":");
  const [kind, name] = [text.slice(0, at), text.slice(at + 1)];
  if (kind === "file" && name.startsWith("/")) return { kind, name };
  if (kind === "env" && VARIABLE.test(name)) return { kind, name };
  return refuse("pin-source is file:FILE with a whole path, or env:NAME");
}
