import type { Principal } from "@strongroom/iam";
import type { Announcement, EventOrigin } from "@strongroom/store";
import type { S3Request } from "../http/s3-request.ts";

/** How the change that a request makes is told, should the bucket's rules want it told. */
export function announcement<Name extends string>(name: Name, request: S3Request): Announcement<Name> {
  return { name, origin: originOf(request) };
}

export function originOf({ caller, sourceIp, requestId, hostId = "" }: S3Request): EventOrigin {
  return { principalId: principalIdOf(caller.principal), sourceIp, requestId, hostId };
}

/** As S3 prints it: never an access key. */
function principalIdOf(principal: Principal): string {
  switch (principal.kind) {
    case "anonymous":
      return "Anonymous";
    case "service":
      return principal.service;
    case "federated":
      return `AWS:${principal.subject}`;
    default:
      return `AWS:${principal.userId}`;
  }
}
