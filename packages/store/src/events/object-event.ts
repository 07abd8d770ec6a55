import type { Bucket } from "../model.ts";

/** What can be told to have happened to an object, named as S3 names it, without `s3:`. */
export type ObjectEventName =
  | "ObjectCreated:Put"
  | "ObjectCreated:Post"
  | "ObjectCreated:Copy"
  | "ObjectCreated:CompleteMultipartUpload"
  | `${Removal}:Delete`
  | `${Removal}:DeleteMarkerCreated`
  | "ObjectTagging:Put"
  | "ObjectTagging:Delete"
  | "ObjectAcl:Put"
  | "ObjectRestore:Post"
  | "ObjectRestore:Completed";

/** Why something goes: because somebody asked for it, or by a rule of the bucket. */
export type Removal = "ObjectRemoved" | "LifecycleExpiration";

/** Whose doing it was. Nothing in it is secret. */
export interface EventOrigin {
  readonly principalId: string;
  readonly sourceIp: string;
  readonly requestId: string;
  readonly hostId: string;
}

/** How a change is to be told, should anybody want to know of it. */
export interface Announcement<Name extends string = ObjectEventName> {
  readonly name: Name;
  readonly origin: EventOrigin;
}

/** Input of an operation that may be told of. Absent: nobody is told. */
export interface Announced<Name extends string = ObjectEventName> {
  readonly announce?: Announcement<Name> | undefined;
}

/** One who wants to know of it: by the name under which messages to them wait, and the rule that says so. */
export interface EventTarget {
  readonly name: string;
  readonly configurationId: string;
}

/** Who wants to know what. Asked inside every change of an object, so it has to be quick where nobody does. */
export interface EventSubscriptions {
  targetsOf(bucket: Bucket, eventName: ObjectEventName, objectKey: string): readonly EventTarget[];
}

/** A change of an object, as it waits to be told. */
export interface ObjectEvent {
  readonly what: "object";
  readonly name: ObjectEventName;
  readonly configurationId: string;
  readonly bucket: string;
  readonly bucketOwnerId: string;
  readonly objectKey: string;
  /** null: the bucket keeps no versions. */
  readonly versionId: string | null;
  /** null: of nothing that is there any more. */
  readonly sizeBytes: number | null;
  readonly etag: string | null;
  /** Later changes of one object key have greater ones; null: the change made no version and removed none. */
  readonly order: number | null;
  readonly atMs: number;
  readonly origin: EventOrigin;
  /** Of a restored version. */
  readonly restored?: { readonly untilMs: number; readonly storageClass: string };
}

/** Says that messages arrive, before the first one does. */
export interface TestEvent {
  readonly what: "test";
  readonly bucket: string;
  readonly atMs: number;
  readonly origin: Pick<EventOrigin, "requestId" | "hostId">;
}

export type WaitingEvent = ObjectEvent | TestEvent;
