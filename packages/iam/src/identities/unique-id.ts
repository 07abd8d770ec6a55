import { randomInt } from "node:crypto";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const PREFIXES = { user: "AIDA", group: "AGPA", role: "AROA", policy: "ANPA" } as const;
const RANDOM_LENGTH = 17;

/** An id of AWS's form, 85 random bits: `AIDA…` for a user. */
export function randomUniqueId(kind: keyof typeof PREFIXES): string {
  let id: string = PREFIXES[kind];
  for (let count = 0; count < RANDOM_LENGTH; count++) id += ALPHABET.charAt(randomInt(ALPHABET.length));
  return id;
}
