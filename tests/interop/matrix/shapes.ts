import type { PeerName } from "../peers/peer-programs.ts";

/** The words of the peers' protocol for what an object is made of. */
export const SUITES = ["commit", "gcm", "legacy-gcm", "legacy-cbc"] as const;
export const KEYRINGS = ["aes", "rsa", "kms"] as const;
export const STORAGES = ["metadata", "instruction"] as const;
export const CONTEXTS = ["none", "ascii", "unicode"] as const;

export type Suite = (typeof SUITES)[number];
export type KeyringKind = (typeof KEYRINGS)[number];
export type Storage = (typeof STORAGES)[number];
export type ContextKind = (typeof CONTEXTS)[number];

/** Everything about an object but its size. */
export interface Shape {
  readonly suite: Suite;
  readonly keyring: KeyringKind;
  readonly storage: Storage;
  readonly context: ContextKind;
}

export const OURS = "strongroom";
export type ParticipantName = PeerName | typeof OURS;

const MIB = 1 << 20;
/** Around the cipher's block, and past it; the last is uploaded in parts by clients that can. */
export const SMALL_SIZES = [0, 1, 15, 16, 17] as const;
export const LARGE_SIZES = [MIB, 20 * MIB] as const;
export const MULTIPART_BYTES = 20 * MIB;

export const CONTEXT_PAIRS: Readonly<Record<ContextKind, Readonly<Record<string, string>>>> = {
  none: {},
  ascii: { department: "accounts", "file no": 'a "quoted" <value> & more' },
  unicode: { département: "comptabilité", 部署: "経理 🗝", ключ: "ß" },
};

/** All shapes, in the order of the report. */
export const SHAPES: readonly Shape[] = SUITES.flatMap((suite) =>
  KEYRINGS.flatMap((keyring) =>
    STORAGES.flatMap((storage) => CONTEXTS.map((context) => ({ suite, keyring, storage, context }))),
  ),
);
