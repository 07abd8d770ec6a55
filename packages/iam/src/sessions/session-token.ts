import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from "node:crypto";
import { encodeSequence, SecretBytes } from "@strongroom/base";
import type { Session } from "./session.ts";
import { decodeSession, encodeSession } from "./session-encoding.ts";
import { SessionTokenError } from "./session-token-error.ts";

/** docs/format/session-token.md */
const VERSION = 1;
const SALT_SIZE_BYTES = 16;
const KEY_SIZE_BYTES = 32;
const NONCE_SIZE_BYTES = 12;
const TAG_SIZE_BYTES = 16;
const SECRET_SIZE_BYTES = 30;
const HEAD_SIZE_BYTES = 1 + SALT_SIZE_BYTES;
const LABEL = "strongroom session token";

/** The longest token, in characters: with the headers of a request beside it, it must fit the head's limit. */
export const TOKEN_MAX_LENGTH = 8192;

/** A session and the secret its requests are signed with. */
export interface OpenedSession {
  readonly session: Session;
  /** As text, 40 characters. Whoever opened the token owns it. */
  readonly secretAccessKey: SecretBytes;
}

export interface SealedSession {
  readonly token: string;
  /** Made with the token and held by nothing else. The caller owns and wipes it. */
  readonly secretAccessKey: SecretBytes;
}

/** A token that opens with this key and for this access key id alone. Throws RangeError for an oversized session. */
export function sealSessionToken(
  sealingKey: KeyObject,
  accessKeyId: string,
  session: Session,
): SealedSession {
  const salt = randomBytes(SALT_SIZE_BYTES);
  const secret = randomBytes(SECRET_SIZE_BYTES);
  const { key, nonce } = deriveTokenKey(sealingKey, salt, accessKeyId);
  const cipher = createCipheriv("aes-256-gcm", key, nonce, { authTagLength: TAG_SIZE_BYTES });
  cipher.setAAD(associatedData(accessKeyId));
  const sealed = [cipher.update(secret), cipher.update(encodeSession(session)), cipher.final()];
  const token = Buffer.concat([Buffer.of(VERSION), salt, ...sealed, cipher.getAuthTag()]).toString(
    "base64url",
  );
  const secretAccessKey = secretText(secret);
  if (token.length > TOKEN_MAX_LENGTH) throw new RangeError("the session does not fit a token");
  return { token, secretAccessKey };
}

/** Throws InvalidToken for whatever `sealSessionToken` did not make with this key for this access key id. */
export function openSessionToken(sealingKey: KeyObject, accessKeyId: string, token: string): OpenedSession {
  if (token.length > TOKEN_MAX_LENGTH) throw new SessionTokenError("InvalidToken");
  const bytes = Buffer.from(token, "base64url");
  // One session has one token: other spellings of the same bytes are refused.
  if (bytes.toString("base64url") !== token) throw new SessionTokenError("InvalidToken");
  if (bytes.length < HEAD_SIZE_BYTES + SECRET_SIZE_BYTES + TAG_SIZE_BYTES || bytes[0] !== VERSION)
    throw new SessionTokenError("InvalidToken");
  const { key, nonce } = deriveTokenKey(sealingKey, bytes.subarray(1, HEAD_SIZE_BYTES), accessKeyId);
  const decipher = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: TAG_SIZE_BYTES });
  decipher.setAAD(associatedData(accessKeyId));
  decipher.setAuthTag(bytes.subarray(-TAG_SIZE_BYTES));
  const plaintext = decipher.update(bytes.subarray(HEAD_SIZE_BYTES, -TAG_SIZE_BYTES));
  try {
    decipher.final();
    const session = decodeSession(plaintext.subarray(SECRET_SIZE_BYTES));
    return { session, secretAccessKey: secretText(plaintext.subarray(0, SECRET_SIZE_BYTES)) };
  } catch {
    throw new SessionTokenError("InvalidToken");
  } finally {
    plaintext.fill(0);
  }
}

/** The form in which clients hold it; the bytes given are wiped. */
function secretText(secret: Buffer): SecretBytes {
  const text = Buffer.from(secret.toString("base64"), "latin1");
  secret.fill(0);
  return new SecretBytes(text);
}

/** Each token has a key of its own, so that no number of tokens wears out a nonce. */
function deriveTokenKey(
  sealingKey: KeyObject,
  salt: Uint8Array,
  accessKeyId: string,
): { readonly key: KeyObject; readonly nonce: Buffer } {
  const info = encodeSequence([LABEL, accessKeyId]);
  const derived = Buffer.from(hkdfSync("sha512", sealingKey, salt, info, KEY_SIZE_BYTES + NONCE_SIZE_BYTES));
  const key = createSecretKey(derived.subarray(0, KEY_SIZE_BYTES));
  const nonce = Buffer.from(derived.subarray(KEY_SIZE_BYTES));
  derived.fill(0);
  return { key, nonce };
}

function associatedData(accessKeyId: string): Buffer {
  return encodeSequence([LABEL, String(VERSION), accessKeyId]);
}
