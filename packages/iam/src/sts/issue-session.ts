import type { KeyObject } from "node:crypto";
import { element, type XmlElement } from "@strongroom/wire";
import { randomAccessKeyId } from "../access-key.ts";
import { parsePolicyDocument } from "../policy/parse-policy-document.ts";
import { PolicyError } from "../policy/policy-error.ts";
import type { Session } from "../sessions/session.ts";
import { packedSizeBytes } from "../sessions/session-encoding.ts";
import { sealSessionToken } from "../sessions/session-token.ts";
import type { SessionPolicyParameters } from "./session-policy-parameters.ts";
import { StsError } from "./sts-error.ts";
import type { StsServices } from "./sts-operation.ts";

/** What policies and tags of one session may take when deflated. */
const PACKED_MAX_BYTES = 4096;

/** A session in the making: when it begins and ends is decided as it is issued. */
export type SessionTerms = Omit<Session, "issuedMs" | "expiresMs">;

export interface IssuedSession {
  /** `<Credentials>`. Holds the secret: it is printed once and kept nowhere. */
  readonly credentials: XmlElement;
  /** Of what policies and tags may take. */
  readonly packedPercent: number;
}

/**
 * Seals a session that begins now and lasts `durationSeconds`. Throws PackedPolicyTooLarge.
 */
export function issueSession(
  terms: SessionTerms,
  durationSeconds: number,
  services: { readonly sealingKey: KeyObject; readonly clock: { nowMs(): number } },
): IssuedSession {
  const packedPercent = requirePackedSize(terms);
  const issuedMs = services.clock.nowMs();
  // Clients are told whole seconds.
  const expiresMs = Math.floor(issuedMs / 1000 + durationSeconds) * 1000;
  const accessKeyId = randomAccessKeyId("ASIA");
  const sealed = sealSessionToken(services.sealingKey, accessKeyId, { ...terms, issuedMs, expiresMs });
  const credentials = element("Credentials", [
    element("AccessKeyId", accessKeyId),
    element("SecretAccessKey", sealed.secretAccessKey.expose().toString("latin1")),
    element("SessionToken", sealed.token),
    element("Expiration", new Date(expiresMs).toISOString().replace(".000Z", "Z")),
  ]);
  sealed.secretAccessKey.wipe();
  return { credentials, packedPercent };
}

function requirePackedSize(terms: SessionTerms): number {
  const percent = Math.ceil((packedSizeBytes(terms) * 100) / PACKED_MAX_BYTES);
  if (percent <= 100) return percent;
  const what = terms.tags.size > 0 ? "session tags" : "session policies";
  throw new StsError(
    "PackedPolicyTooLarge",
    `Packed size of ${what} consumes ${percent}% of allotted space.`,
  );
}

/**
 * Throws MalformedPolicyDocument for an inline policy that is none, and ValidationError for a managed one that the
 * account does not have.
 */
export async function requireSessionPolicies(
  wanted: SessionPolicyParameters,
  accountId: string,
  services: Pick<StsServices, "identities">,
): Promise<void> {
  if (wanted.policyText !== null) {
    try {
      parsePolicyDocument(wanted.policyText, { kind: "session" });
    } catch (error) {
      if (!(error instanceof PolicyError)) throw error;
      throw new StsError("MalformedPolicyDocument", error.message, error);
    }
  }
  for (const arn of wanted.policyArns) {
    const text = await services.identities.findPolicyText(accountId, arn);
    if (text === null)
      throw new StsError("ValidationError", `Policy ${arn} does not exist or is not attachable.`);
  }
}
