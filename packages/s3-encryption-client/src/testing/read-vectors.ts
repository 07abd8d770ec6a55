import { readFileSync } from "node:fs";

export interface ObjectVector {
  readonly name: string;
  readonly source: string;
  readonly key: { readonly kmsPlaintext?: string; readonly aesHex?: string };
  readonly metadata: Readonly<Record<string, string>>;
  readonly bodyHex: string;
  readonly plaintextHex: string;
}

export interface RsaVectors {
  readonly source: string;
  readonly dataKeyHex: string;
  readonly privateKeyPkcs8: string;
  readonly wrappings: readonly {
    readonly wrappingAlgorithm: string;
    readonly contentAlgorithm: string;
    readonly encryptedDataKey: string;
  }[];
}

/** Whole objects, each with the source it comes from. */
export function readObjectVectors(): readonly ObjectVector[] {
  const { objects } = read("objects.json") as { readonly objects: readonly ObjectVector[] };
  if (objects.length === 0) throw new Error("no vectors");
  return objects;
}

export function readObjectVector(name: string): ObjectVector {
  const found = readObjectVectors().find((vector) => vector.name === name);
  if (found === undefined) throw new Error(`no vector ${name}`);
  return found;
}

export function readRsaVectors(): RsaVectors {
  return read("rsa-wrappings.json") as RsaVectors;
}

function read(name: string): unknown {
  const file = new URL(`../../../../vectors/s3-encryption-client/${name}`, import.meta.url);
  return JSON.parse(readFileSync(file, "utf8"));
}
