import { ServiceError } from "@strongroom/base";

export type ImportErrorCode =
  /** An option that does not fit, or two that do not fit together. */
  | "BadOption"
  /** A file of the source or the state file is not what it should be. */
  | "FileUnusable"
  /** Another run works with the same state file. */
  | "StateInUse"
  /** Bytes are not those that were written: a tag, a digest or a checksum does not fit. */
  | "Damaged"
  /** The key that an object needs was not given, or another one was. */
  | "KeyNeeded"
  /** The source holds something that this reader does not know. */
  | "Unsupported"
  /** The target holds other versions under the same name. */
  | "TargetDiffers"
  /** An earlier version of the same object failed, so this one waits: versions keep their order. */
  | "HeldBack"
  /** Source or target answered with an error. */
  | "StoreFailed";

/** What stopped an import, or one version of it. `details.next` says what to do. No message holds key bytes or content. */
export class ImportError extends ServiceError<ImportErrorCode> {}

export function badOption(message: string, next: string): ImportError {
  return new ImportError("BadOption", "invalid", message, { next });
}

export function damaged(message: string, cause?: unknown): ImportError {
  return new ImportError("Damaged", "integrity", message, {}, cause);
}

export function unsupported(message: string): ImportError {
  return new ImportError("Unsupported", "state", message);
}

/** Code and text of any failure, in one line. */
export function describeFailure(error: unknown): { readonly code: string; readonly message: string } {
  if (error instanceof ServiceError) return { code: error.code, message: error.message };
  if (!(error instanceof Error)) return { code: "StoreFailed", message: String(error) };
  const system = "code" in error && typeof error.code === "string" ? error.code : null;
  const code = system ?? (error.name === "Error" ? "StoreFailed" : error.name);
  return { code, message: error.message.split("\n", 1)[0] ?? "" };
}
