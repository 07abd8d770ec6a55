import type { MultipartUpload } from "@strongroom/store";
import { element, type XmlElement } from "@strongroom/wire";
import type { Caller } from "../http/s3-request.ts";

/** How S3 names who opens an upload: an account by its owner id, people of an account by their ARN. */
export function initiatorIdOf({ principal, arn, canonicalUserId }: Caller): string {
  return principal.kind === "root" || principal.kind === "anonymous" ? canonicalUserId : arn;
}

/** Who opened an upload. A display name is known of the caller alone. */
export function initiatorElement({ initiatorId }: MultipartUpload, caller: Caller): XmlElement {
  const isCaller = initiatorId === initiatorIdOf(caller);
  return element("Initiator", [
    element("ID", initiatorId),
    isCaller ? element("DisplayName", caller.displayName) : undefined,
  ]);
}

export function ownerElement({ ownerId }: MultipartUpload): XmlElement {
  return element("Owner", [element("ID", ownerId)]);
}
