import { randomBytes, randomUUID } from "node:crypto";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const MULTI_REGION = /^mrk-[0-9a-f]{32}$/i;

export const MULTI_REGION_PREFIX = "mrk-";

export function newKeyId(isMultiRegion: boolean): string {
  return isMultiRegion ? MULTI_REGION_PREFIX + randomBytes(16).toString("hex") : randomUUID();
}

export function isKeyId(text: string): boolean {
  return UUID.test(text) || MULTI_REGION.test(text);
}

/** The 16 bytes of a key id; what tells the two kinds apart is kept beside them. */
export function keyIdBytes(keyId: string): Buffer {
  const hex = keyId.startsWith(MULTI_REGION_PREFIX) ? keyId.slice(4) : keyId.replaceAll("-", "");
  return Buffer.from(hex, "hex");
}

export function keyIdOf(bytes: Buffer, isMultiRegion: boolean): string {
  const hex = bytes.toString("hex");
  if (isMultiRegion) return MULTI_REGION_PREFIX + hex;
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

export function keyArn(region: string, accountId: string, keyId: string): string {
  return `arn:aws:kms:${region}:${accountId}:key/${keyId}`;
}

export function aliasArn(region: string, accountId: string, aliasName: string): string {
  return `arn:aws:kms:${region}:${accountId}:${aliasName}`;
}

export interface KmsArn {
  readonly region: string;
  readonly accountId: string;
  /** `key/…` or `alias/…`. */
  readonly resource: string;
}

const ARN = /^arn:aws:kms:([a-z0-9-]{1,32}):(\d{12}):((?:key|alias)\/.+)$/;

/** null: not the ARN of a key or an alias. */
export function parseKmsArn(text: string): KmsArn | null {
  const [, region, accountId, resource] = ARN.exec(text) ?? [];
  if (region === undefined || accountId === undefined || resource === undefined) return null;
  return { region, accountId, resource };
}
