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

export interface RewrapProof {
  /** The signed line. */
  readonly text: string;
  /** Hexadecimal, Ed25519 over `SIGNED_PREFIX` and the text. */
  readonly signature: string;
  readonly statement: RewrapStatement;
}

const STATEMENT = "strongroom rewrap proof 1";
/** Nothing else that the key signs begins so: a digest's signed text begins with a time. */
const SIGNED_PREFIX = `${STATEMENT}\n`;
const PREFIX = Buffer.from("server/rewrap-proof/");
const MAX_SIZE_BYTES = 4096;

export function signProof(
  keys: Pick<AuditKeys, "signing" | "fingerprint">,
  facts: Omit<RewrapStatement, "statement" | "signedBy">,
): RewrapProof {
  const statement: RewrapStatement = { statement: STATEMENT, signedBy: keys.fingerprint, ...facts };
  const text = JSON.stringify(statement);
  const signature = sign(null, Buffer.from(SIGNED_PREFIX + text), keys.signing).toString("hex");
  return { text, signature, statement };
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

function parseStatement(text: string): RewrapStatement | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  const fields: Record<string, unknown> = { ...(typeof value === "object" ? value : null) };
  const counts = [
    "masterKeyVersion",
    "noneUpTo",
    "objectsRewrapped",
    "dataKeysRewrapped",
    "dataKeysSurveyed",
  ];
  const isStatement =
    fields["statement"] === STATEMENT &&
    counts.every((name) => Number.isSafeInteger(fields[name]) && Number(fields[name]) >= 0) &&
    ["signedBy", "startedAt", "finishedAt"].every((name) => typeof fields[name] === "string");
  // Each member was looked at above.
  return isStatement ? (fields as unknown as RewrapStatement) : null;
}

/** Under which record the proof of a run is kept: fixed width, so that key order is version order. */
export const proofKey = (masterKeyVersion: number): Buffer =>
  Buffer.concat([PREFIX, Buffer.from(String(masterKeyVersion).padStart(10, "0"))]);

/** The newest proof; null: no run has ended with one. */
export async function findNewestProof(records: RecordStore): Promise<RewrapProof | null> {
  const newest = (await records.list(PREFIX)).at(-1);
  return newest === undefined ? null : parseProof(Buffer.from(newest).toString("utf8"));
}
