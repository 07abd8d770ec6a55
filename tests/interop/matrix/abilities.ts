import { OURS, type ParticipantName, type Shape } from "./shapes.ts";

/**
 * What each client can do, by its documentation and its source. `null`: it can, and the matrix requires it. Else the
 * reason, as the report prints it.
 */
interface Ability {
  readonly write: (shape: Shape) => string | null;
  readonly read: (shape: Shape, writer: ParticipantName) => string | null;
  /** Sizes it cannot read although it can read the shape. */
  readonly readSize?: (shape: Shape, sizeBytes: number) => string | null;
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

/** Whether the context lies there as UTF-8, and not as the ASCII that JSON's escapes make of it. */
const isRawUnicode = ({ context }: Shape, writer: ParticipantName): boolean =>
  context === "unicode" && writer !== OURS && writer !== "python";

/** Java and Go undo S3's encoding of headers in instruction files too, where there is none. */
const decodesTwice = (shape: Shape, writer: ParticipantName): string | false =>
  shape.keyring === "kms" &&
  shape.storage === "instruction" &&
  isRawUnicode(shape, writer) &&
  "decodes UTF-8 in instruction files as if it were S3's encoding of headers";

/** Go's unpadding reader, asked again after its end, takes nothing at all for a bad padding. */
const goCbc = ({ suite }: Shape, sizeBytes: number): string | null =>
  suite === "legacy-cbc" && sizeBytes % 16 !== 0
    ? "reads AES-CBC content only where its length is a multiple of 16 bytes"
    : null;

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
    read: (shape, writer) =>
      first(
        shape.suite === "commit" && BEFORE_COMMITMENT,
        shape.storage === "metadata" &&
          isRawUnicode(shape, writer) &&
          "does not undo S3's encoding of headers",
      ),
    uploadsParts: false,
  },
  "java-v3": {
    write: (shape) =>
      first(
        isLegacy(shape) && NO_LEGACY_WRITES,
        shape.suite === "commit" && BEFORE_COMMITMENT,
        javaMetadata(shape),
      ),
    read: (shape, writer) =>
      first(shape.suite === "commit" && BEFORE_COMMITMENT, decodesTwice(shape, writer)),
    uploadsParts: true,
  },
  "java-v4": {
    write: (shape) => first(isLegacy(shape) && NO_LEGACY_WRITES, javaMetadata(shape)),
    read: (shape, writer) => first(decodesTwice(shape, writer)),
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
    read: (shape, writer) => first(notKms(shape), decodesTwice(shape, writer)),
    readSize: goCbc,
    uploadsParts: false,
  },
  "go-v4": {
    write: (shape) =>
      first(
        notKms(shape),
        isLegacy(shape) && NO_LEGACY_WRITES,
        shape.storage === "instruction" && NO_INSTRUCTION_WRITES,
      ),
    read: (shape, writer) => first(notKms(shape), decodesTwice(shape, writer)),
    readSize: goCbc,
    uploadsParts: false,
  },
};
