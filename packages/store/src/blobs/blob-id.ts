import { randomBytes } from "node:crypto";
import { BlobMissingError } from "./blob-store-port.ts";

/** Where a file blob lies: the writer's life, the writer's numbered folder, and a random name. */
export interface BlobPlace {
  readonly incarnation: string;
  readonly folder: number;
  readonly name: string;
}

const ID = /^([a-z0-9][a-z0-9-]{0,63})\.([0-9a-f]{1,8})\.([0-9a-f]{32})$/;
const INCARNATION = /^[a-z0-9][a-z0-9-]{0,63}$/;

export const isIncarnation = (text: string): boolean => INCARNATION.test(text);
export const newBlobName = (): string => randomBytes(16).toString("hex");

export function printBlobId({ incarnation, folder, name }: BlobPlace): string {
  return `${incarnation}.${folder.toString(16)}.${name}`;
}

/** null when the text is no blob id: it can then name nothing outside the store's folder either. */
export function parseBlobId(id: string): BlobPlace | null {
  const [, incarnation, folder, name] = ID.exec(id) ?? [];
  if (incarnation === undefined || folder === undefined || name === undefined) return null;
  return { incarnation, folder: Number.parseInt(folder, 16), name };
}

export function requireBlobPlace(id: string): BlobPlace {
  const place = parseBlobId(id);
  if (place === null) throw new BlobMissingError("the id is not one of this store");
  return place;
}
