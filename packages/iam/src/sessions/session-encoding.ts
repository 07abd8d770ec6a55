import { deflateRawSync, inflateRawSync } from "node:zlib";
import type { Session, SessionHolder } from "./session.ts";

/**
 * Words of sessions and policies, so that small ones become small tokens. Part of the format: never changed, only
 * replaced together with the token's version.
 */
export const SESSION_DICTIONARY = Buffer.from(
  '"aws:PrincipalTag/"aws:RequestTag/"aws:SourceIp"aws:SecureTransport":"false"}}"s3:x-amz-server-side-encryption"' +
    'StringEquals":{"StringLike":{"Bool":{"Null":{"Condition":{"NotAction":"NotResource":"kms:Decrypt"kms:GenerateDataKey"' +
    '"arn:aws:kms:us-east-1:"arn:aws:iam::aws:policy/"arn:aws:iam::"arn:aws:s3:::*"s3:ListBucket"s3:DeleteObject"' +
    '"s3:PutObject","s3:GetObject"],"Resource":["arn:aws:s3:::"*"}]}"Sid":"{"Version":"2012-10-17","Statement":[{"Effect":' +
    '"Deny","Effect":"Allow","Action":["s3:*","Resource":"*"}],"aws:federatedprovider",["k":"federated","k":"user","k":"root",' +
    '{"h":{"k":"role","a":"1","n":"","i":"AROA","s":""},"t":1,"x":3600000,"p":"{\\"Version\\":\\"2012-10-17\\",\\"Statement\\":[{' +
    '\\"Effect\\":\\"Allow\\",\\"Action\\":[\\"s3:*\\"],\\"Resource\\":[\\"arn:aws:s3:::"r":["g":["u":["m":"d":"c":',
);
/** No session that was ever sealed is larger; only what was authenticated is inflated, so this is a second lock. */
const INFLATED_LIMIT_BYTES = 128 * 1024;

/** Deflated JSON with one-letter names; what is absent is left out. */
export function encodeSession(session: Session): Buffer {
  const { policyText, policyArns, tags, transitiveTagKeys, mfaAuthenticatedMs, sourceIdentity } = session;
  const fields = {
    h: encodeHolder(session.holder),
    t: session.issuedMs,
    x: session.expiresMs,
    ...(policyText === null ? {} : { p: policyText }),
    ...(policyArns.length === 0 ? {} : { r: policyArns }),
    ...(tags.size === 0 ? {} : { g: [...tags] }),
    ...(transitiveTagKeys.length === 0 ? {} : { u: transitiveTagKeys }),
    ...(mfaAuthenticatedMs === null ? {} : { m: mfaAuthenticatedMs }),
    ...(sourceIdentity === null ? {} : { d: sourceIdentity }),
    ...(session.conditionKeys.size === 0 ? {} : { c: [...session.conditionKeys] }),
  };
  return pack(JSON.stringify(fields));
}

/** How much of a token policies and tags take: their deflated size in bytes. */
export function packedSizeBytes(session: Pick<Session, "policyText" | "policyArns" | "tags">): number {
  const { policyText, policyArns, tags } = session;
  if (policyText === null && policyArns.length === 0 && tags.size === 0) return 0;
  return pack(JSON.stringify([policyText, policyArns, [...tags]])).length;
}

/** Throws TypeError or RangeError for anything that `encodeSession` did not write. */
export function decodeSession(bytes: Uint8Array): Session {
  const inflated = inflateRawSync(bytes, {
    dictionary: SESSION_DICTIONARY,
    maxOutputLength: INFLATED_LIMIT_BYTES,
  });
  const fields = record(JSON.parse(inflated.toString("utf8")));
  const optional = <T>(name: string, read: (value: unknown) => T, otherwise: T): T =>
    fields[name] === undefined ? otherwise : read(fields[name]);
  return {
    holder: decodeHolder(record(fields["h"])),
    issuedMs: integer(fields["t"]),
    expiresMs: integer(fields["x"]),
    policyText: optional<string | null>("p", text, null),
    policyArns: optional("r", texts, []),
    tags: new Map(optional("g", (value) => pairs(value, text), [])),
    transitiveTagKeys: optional("u", texts, []),
    mfaAuthenticatedMs: optional<number | null>("m", integer, null),
    sourceIdentity: optional<string | null>("d", text, null),
    conditionKeys: new Map(optional("c", (value) => pairs(value, texts), [])),
  };
}

function pack(json: string): Buffer {
  return deflateRawSync(json, { level: 9, dictionary: SESSION_DICTIONARY });
}

function encodeHolder(holder: SessionHolder): object {
  const { kind: k, accountId: a } = holder;
  switch (holder.kind) {
    case "role":
      return { k, a, n: holder.roleName, i: holder.roleId, s: holder.sessionName };
    case "user":
      return { k, a, n: holder.userName, i: holder.userId };
    case "root":
      return { k, a };
    case "federated-user":
      return { k: "federated", a, n: holder.federatedName, f: encodeHolder(holder.issuer) };
  }
}

function decodeHolder(fields: Readonly<Record<string, unknown>>): SessionHolder {
  const accountId = text(fields["a"]);
  switch (fields["k"]) {
    case "role":
      return {
        kind: "role",
        accountId,
        roleName: text(fields["n"]),
        roleId: text(fields["i"]),
        sessionName: text(fields["s"]),
      };
    case "user":
      return { kind: "user", accountId, userName: text(fields["n"]), userId: text(fields["i"]) };
    case "root":
      return { kind: "root", accountId };
    case "federated": {
      const issuer = decodeHolder(record(fields["f"]));
      if (issuer.kind !== "user" && issuer.kind !== "root")
        throw new TypeError("an issuer is a user or root");
      return { kind: "federated-user", accountId, federatedName: text(fields["n"]), issuer };
    }
    default:
      throw new TypeError("a session has an unknown holder");
  }
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new TypeError("no object");
  return { ...value };
}

function text(value: unknown): string {
  if (typeof value !== "string") throw new TypeError("no text");
  return value;
}

function integer(value: unknown): number {
  if (typeof value !== "number" || !Number.isSafeInteger(value)) throw new TypeError("no integer");
  return value;
}

function list(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new TypeError("no list");
  return value;
}

function texts(value: unknown): readonly string[] {
  return list(value).map(text);
}

function pairs<T>(value: unknown, read: (value: unknown) => T): readonly (readonly [string, T])[] {
  return list(value).map((pair) => {
    const [name, second] = list(pair);
    return [text(name), read(second)] as const;
  });
}
