import { argon2 } from "node:crypto";
import { promisify } from "node:util";
import { SecretBytes } from "@strongroom/base";
import { RootSealError } from "./root-seal-error.ts";

/** Argon2id, RFC 9106. */
export interface PassphraseCost {
  readonly memoryKiB: number;
  readonly passes: number;
  readonly lanes: number;
}

/** One lane: `crypto` computes them one after the other here, so more would help an attacker alone. */
export const DEFAULT_COST: PassphraseCost = { memoryKiB: 65_536, passes: 3, lanes: 1 };

/** The floor is the least that OWASP's cheat sheet calls safe; the ceiling keeps a changed file from taking the machine. */
const LIMITS = { memoryKiB: [19_456, 1_048_576], passes: [2, 16], lanes: [1, 8] } as const;
const PASSPHRASE_BYTES = [12, 1024] as const;
const KEY_SIZE_BYTES = 32;
const computeArgon2 = promisify(argon2);

/** R-3; null: outside the limits or no numbers. */
export function readCost(fields: Readonly<Record<string, unknown>>): PassphraseCost | null {
  const { memoryKiB, passes, lanes } = fields;
  if (!isWithin(memoryKiB, LIMITS.memoryKiB)) return null;
  if (!isWithin(passes, LIMITS.passes) || !isWithin(lanes, LIMITS.lanes)) return null;
  return { memoryKiB, passes, lanes };
}

/** Throws SecretUnusable. */
export function requirePassphrase(passphrase: SecretBytes): void {
  const [least, most] = PASSPHRASE_BYTES;
  if (passphrase.sizeBytes < least || passphrase.sizeBytes > most)
    throw new RootSealError(
      "SecretUnusable",
      `a passphrase has ${least} to ${most} bytes: choose another one`,
    );
}

/** Costs what `cost` says in time and memory. The caller wipes the key. */
export async function stretchPassphrase(
  passphrase: SecretBytes,
  salt: Uint8Array,
  cost: PassphraseCost,
): Promise<SecretBytes> {
  requirePassphrase(passphrase);
  const key = await computeArgon2("argon2id", {
    message: passphrase.expose(),
    nonce: salt,
    parallelism: cost.lanes,
    tagLength: KEY_SIZE_BYTES,
    memory: cost.memoryKiB,
    passes: cost.passes,
  });
  return new SecretBytes(key);
}

function isWithin(value: unknown, [least, most]: readonly [number, number]): value is number {
  return Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most;
}
