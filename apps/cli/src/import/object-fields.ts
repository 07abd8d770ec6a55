import type { SourceObject, SystemHeaders } from "./import-source.ts";
import { encryptionFields, type TargetEncryption } from "./target-encryption.ts";
import type { TargetPlace } from "./written-version.ts";

/** The members that PutObject and CreateMultipartUpload share. */
export function objectFields(place: TargetPlace, object: SourceObject, encryption: TargetEncryption) {
  const { userMetadata, tags } = object;
  return {
    Bucket: place.bucket,
    Key: place.objectKey,
    Metadata: { ...userMetadata },
    ...(tags.length === 0
      ? {}
      : { Tagging: new URLSearchParams(tags.map(([name, value]) => [name, value])).toString() }),
    ...(place.hasObjectLock ? lockFields(object) : {}),
    ...encryptionFields(encryption),
  };
}

/** A retention that is over cannot be given again. */
function lockFields({ lock }: SourceObject) {
  const { retention, isLegalHold } = lock;
  const isRunning = retention !== null && retention.untilMs > Date.now();
  return {
    ...(isRunning
      ? { ObjectLockMode: retention.mode, ObjectLockRetainUntilDate: new Date(retention.untilMs) }
      : {}),
    ...(isLegalHold ? { ObjectLockLegalHoldStatus: "ON" as const } : {}),
  };
}

interface Sendable {
  readonly middlewareStack: {
    add(
      middleware: (next: (input: never) => unknown) => (input: never) => unknown,
      options: { step: "build"; name: string },
    ): void;
  };
}

/** Sends these header fields as they are: the SDK would only take an `expires` that is a date. */
export function withHeaders<T extends Sendable>(command: T, headers: SystemHeaders): T {
  command.middlewareStack.add(
    (next) => (input) => {
      const { request } = input as { request: { headers: Record<string, string> } };
      Object.assign(request.headers, headers);
      return next(input);
    },
    { step: "build", name: "sendAsItWas" },
  );
  return command;
}
