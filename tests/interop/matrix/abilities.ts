import { OURS, type ParticipantName, type Shape } from "./shapes.ts";

/**
 * What each client can do, by its documentation and its source. `null`: it can, and the matrix requires it. Else the
 * reason, as the report prints it.
 */
interface Ability {
  readonly write: (shape: Shape) => string | null;
  readonly read: (shape: Shape) => string | null;
  /** It can upload in parts. */
  readonly uploadsParts: boolean;
}

const KMS_ONLY = "has a KMS keyring only";
const NO_LEGACY_WRITES = "legacy algorithms are read only";
const NO_INSTRUCTION_WRITES = "reads instruction files, and writes none";
const BEFORE_COMMITMENT = "is older than key commitment";
const WRITES_GCM_ONLY = "writes AES-GCM without key commitment only";

/** The first reason that holds. */
const first = (...reasons: readonly (string | false)[]): string | null =>
  reasons.find((reason) => reason !== false) || null;

const isLegacy = ({ suite }: Shape): boolean => suite.startsWith("legacy");

/** The AWS SDKs for Java sign other bytes than they send when metadata is not ASCII; Amazon's own tests record it. */
const javaMetadata = ({ storage, context }: Shape): string | false =>
  storage === "metadata" && context === "unicode" && "cannot sign object metadata that is not ASCII";

const notKms = ({ keyring }: Shape): string | false => keyring !== "kms" && KMS_ONLY;

const pythonContext = ({ context, suite }: Shape): string | false =>
  context === "unicode" && !suite.startsWith("legacy") && "refuses encryption contexts that are not ASCII";

export const ABILITIES: Readonly<Record<ParticipantName, Ability>> = {
  [OURS]: {
    write: (shape) => first(isLegacy(shape) && NO_LEGACY_WRITES),
    read: () => null,
    uploadsParts: true,
  },
  python: {
    write: (shape) =>
      first(
        notKms(shape),
        isLegacy(shape) && NO_LEGACY_WRITES,
        shape.storage === "instruction" && NO_INSTRUCTION_WRITES,
        pythonContext(shape),
      ),
    read: (shape) => first(notKms(shape), pythonContext(shape)),
    uploadsParts: true,
  },
  "java-v1": {
    write: (shape) => first(shape.suite === "commit" && BEFORE_COMMITMENT, javaMetadata(shape)),
    read: (shape) => first(shape.suite === "commit" && BEFORE_COMMITMENT),
    uploadsParts: false,
  },
  "java-v3": {
    write: (shape) =>
      first(
        isLegacy(shape) && NO_LEGACY_WRITES,
        shape.suite === "commit" && BEFORE_COMMITMENT,
        javaMetadata(shape),
      ),
    read: (shape) => first(shape.suite === "commit" && BEFORE_COMMITMENT),
    uploadsParts: true,
  },
  "java-v4": {
    write: (shape) => first(isLegacy(shape) && NO_LEGACY_WRITES, javaMetadata(shape)),
    read: () => null,
    uploadsParts: true,
  },
  "go-v3": {
    write: (shape) =>
      first(
        notKms(shape),
        isLegacy(shape) && NO_LEGACY_WRITES,
        shape.suite === "commit" && WRITES_GCM_ONLY,
        shape.storage === "instruction" && NO_INSTRUCTION_WRITES,
      ),
    read: (shape) => first(notKms(shape)),
    uploadsParts: false,
  },
  "go-v4": {
    write: (shape) =>
      first(
        notKms(shape),
        isLegacy(shape) && NO_LEGACY_WRITES,
        shape.storage === "instruction" && NO_INSTRUCTION_WRITES,
      ),
    read: (shape) => first(notKms(shape)),
    uploadsParts: false,
  },
};
