/** How a data key is wrapped, as `x-amz-wrap-alg` names it. Format 3 stores two digits instead. */
export type WrappingAlgorithm =
  | "AES/GCM"
  | "RSA-OAEP-SHA1"
  | "kms+context"
  | "kms"
  | "AESWrap"
  | "AES"
  | "RSA"
  | "RSA/ECB/OAEPWithSHA-256AndMGF1Padding";

interface WrappingFacts {
  /** Not bound to the content algorithm, so that it could be exchanged: read only, on opt-in. */
  readonly isLegacy: boolean;
  /** The two digits of format 3, which knows only bound wrappings. */
  readonly code: string | null;
  readonly isKms: boolean;
}

export const WRAPPING_ALGORITHMS: Readonly<Record<WrappingAlgorithm, WrappingFacts>> = {
  "AES/GCM": { isLegacy: false, code: "02", isKms: false },
  "RSA-OAEP-SHA1": { isLegacy: false, code: "22", isKms: false },
  "kms+context": { isLegacy: false, code: "12", isKms: true },
  kms: { isLegacy: true, code: null, isKms: true },
  AESWrap: { isLegacy: true, code: null, isKms: false },
  AES: { isLegacy: true, code: null, isKms: false },
  RSA: { isLegacy: true, code: null, isKms: false },
  "RSA/ECB/OAEPWithSHA-256AndMGF1Padding": { isLegacy: true, code: null, isKms: false },
};

/** The algorithm of that name, or null. */
export function findWrappingAlgorithm(name: string): WrappingAlgorithm | null {
  return Object.hasOwn(WRAPPING_ALGORITHMS, name) ? (name as WrappingAlgorithm) : null;
}

/** The algorithm of format 3's two digits, or null. */
export function findWrappingCode(code: string): WrappingAlgorithm | null {
  for (const [name, facts] of Object.entries(WRAPPING_ALGORITHMS)) {
    if (facts.code === code) return name as WrappingAlgorithm;
  }
  return null;
}
