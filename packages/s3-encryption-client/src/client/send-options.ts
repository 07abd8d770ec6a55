import type { TextMap } from "../format/metadata-text.ts";
import type { RangedGets } from "./client-options.ts";

/** Options of one call: those of the SDK's own `send`, and these. */
export interface SendOptions {
  readonly abortSignal?: AbortSignal;
  readonly requestTimeout?: number;
  /** PUT and multipart: pairs that a KMS binds the data key to. GET: must be the same pairs. Default none. */
  readonly encryptionContext?: TextMap;
  /** GET, DELETE: the instruction file's name is the object's and this, dot included. Default ".instruction". */
  readonly instructionFileSuffix?: string;
  /** GET: in place of the client's own setting. */
  readonly rangedGets?: RangedGets;
  /** UploadPart: this part is the object's last; it gets the tag, and may be empty. */
  readonly isLastPart?: boolean;
}

/** What goes on to the wrapped client. */
export interface HttpOptions {
  readonly abortSignal?: AbortSignal;
  readonly requestTimeout?: number;
}

/** The SDK's part of the options. */
export function httpOptions({
  encryptionContext: _context,
  instructionFileSuffix: _suffix,
  rangedGets: _ranges,
  isLastPart: _last,
  ...rest
}: SendOptions): HttpOptions {
  return rest;
}
