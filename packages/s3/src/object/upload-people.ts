import type { MultipartUpload } from "@strongroom/store";
import { element, type XmlElement } from "@strongroom/wire";
import type { Caller } from "../http/s3-request.ts";

/** Who opened an upload. A display name is known of the caller alone. */
export function initiatorElement({ initiatorId }: MultipartUpload, caller: Caller): XmlElement {
  const isCaller = initiatorId === caller.canonicalUserId;
  return element("Initiator", [
    element("ID", initiatorId),
    isCaller ? element("DisplayName", caller.displayName) : undefined,
  ]);
}

export function ownerElement({ ownerId }: MultipartUpload): XmlElement {
  return element("Owner", [element("ID", ownerId)]);
}
