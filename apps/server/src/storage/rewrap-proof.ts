import { sign, verify } from "node:crypto";
import type { AuditKeys } from "@strongroom/audit";
import type { RecordStore } from "@strongroom/base";
import { ServerError } from "../server-error.ts";

/**
 * What a finished run states: that at `finishedAt` every data key of the store was looked at and none hung on a master
 * key up to `noneUpTo`, and that none can since. Times are ISO 8601 in UTC.
 */
export interface RewrapStatement {
  readonly statement: "strongroom rewrap proof 1";
  /** Of the deployment: hexadecimal SHA-256 of the public key that signs its audit trail, and this. */
  readonly signedBy: string;
  readonly masterKeyVersion: number;
  readonly noneUpTo: number;
  readonly startedAt: string;
  readonly finishedAt: string;
  /** Versions and uploads that were wrapped anew, and the data keys of them. */
  readonly objectsRewrapped: number;
  readonly dataKeysRewrapped: number;
  /** Data keys that the last survey looked at: all that hang on a master key. */
  readonly dataKeysSurveyed: number;
}

/**
 * What a finished run under keys of the key service states: that of all versions and uploads that were stored when it
 * started, and are still, none hangs on `keyArn` any more; where that is `toKeyArn`, none on a material before
 * `toMaterialId`.
 */
export interface KmsRewrapStatement {
  readonly statement: "strongroom kms rewrap proof 1";
  readonly signedBy: string;
  readonly keyArn: string;
  readonly toKeyArn: string;
  readonly toMaterialId: string;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly objectsRewrapped: number;
  /** Versions and uploads under `toKeyArn` or `keyArn` that the last survey looked at. */
  readonly objectsSurveyed: number;
}

export type ProofStatement = RewrapStatement | KmsRewrapStatement;

export interface RewrapProof<Statement extends ProofStatement = ProofStatement> {
  /** The signed line. */
  readonly text: string;
  /** Hexadecimal, Ed25519 over the text, after a line that nothing else the key signs begins with. */
  readonly signature: string;
  readonly statement: Statement;
}

/** A digest's signed text begins with a time. */
const SIGNED_PREFIX = "strongroom rewrap proof\n";
/** Members beside `statement` and `signedBy`: counts, and texts. */
const MEMBERS: Readonly<
  Record<
    ProofStatement["statement"],
    { readonly counts: readonly string[]; readonly texts: readonly string[] }
  >
> = {
  "strongroom rewrap proof 1": {
    counts: ["masterKeyVersion", "noneUpTo", "objectsRewrapped", "dataKeysRewrapped", "dataKeysSurveyed"],
    texts: ["startedAt", "finishedAt"],
  },
  "strongroom kms rewrap proof 1": {
    counts: ["objectsRewrapped", "objectsSurveyed"],
    texts: ["keyArn", "toKeyArn", "toMaterialId", "startedAt", "finishedAt"],
  },
};
const PREFIX = Buffer.from("server/rewrap-proof/");
const MAX_SIZE_BYTES = 4096;

export function signProof<Statement extends ProofStatement>(
  { signing, fingerprint }: Pick<AuditKeys, "signing" | "fingerprint">,
  facts: Omit<Statement, "signedBy"> & Pick<Statement, "statement">,
): RewrapProof {
  const text = JSON.stringify({ ...facts, signedBy: fingerprint });
  const signature = sign(null, Buffer.from(SIGNED_PREFIX + text), signing).toString("hex");
  return parseProof(`${text}\n${signature}\n`);
}

/** Whether the holder of the audit trail's signing key made it, just so. */
export function isProofGood(
  keys: Pick<AuditKeys, "verifying">,
  { text, signature }: Pick<RewrapProof, "text" | "signature">,
): boolean {
  return verify(null, Buffer.from(SIGNED_PREFIX + text), keys.verifying, Buffer.from(signature, "hex"));
}

/** Two lines: the statement, its signature. */
export const printProof = ({ text, signature }: RewrapProof): string => `${text}\n${signature}\n`;

/** Throws NoProof for what is not the two lines of a proof. Says nothing of its signature. */
export function parseProof(content: string): RewrapProof {
  const [text = "", signature = "", ...rest] = content.split("\n");
  const isShaped =
    content.length <= MAX_SIZE_BYTES && /^[0-9a-f]{128}$/.test(signature) && rest.join("") === "";
  const statement = isShaped ? parseStatement(text) : null;
  if (statement !== null) return { text, signature, statement };
  throw new ServerError("NoProof", "invalid", "this is not the two lines of a proof that nothing is left");
}

function parseStatement(text: string): ProofStatement | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  const fields: Record<string, unknown> = { ...(typeof value === "object" ? value : null) };
  const kind = fields["statement"];
  const members = Object.entries(MEMBERS).find(([name]) => name === kind)?.[1];
  if (members === undefined) return null;
  const isStatement =
    members.counts.every((name) => Number.isSafeInteger(fields[name]) && Number(fields[name]) >= 0) &&
    ["signedBy", ...members.texts].every((name) => typeof fields[name] === "string");
  // Each member was looked at above.
  return isStatement ? (fields as unknown as ProofStatement) : null;
}

/** Under which record the proof of a run is kept: fixed width, so that key order is version order. */
export const proofKey = (masterKeyVersion: number): Buffer =>
  Buffer.concat([PREFIX, Buffer.from(String(masterKeyVersion).padStart(10, "0"))]);

/** The newest proof of the SSE-S3 master keys; null: no run has ended with one. */
export async function findNewestProof(records: RecordStore): Promise<RewrapProof<RewrapStatement> | null> {
  const newest = (await records.list(PREFIX)).at(-1);
  if (newest === undefined) return null;
  const { statement, ...proof } = parseProof(Buffer.from(newest).toString("utf8"));
  if (statement.statement === "strongroom rewrap proof 1") return { ...proof, statement };
  throw new ServerError("Tampered", "integrity", "the stored proof is of another kind");
}
