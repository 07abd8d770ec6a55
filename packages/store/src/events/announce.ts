import type { Engine } from "../engine.ts";
import type { Bucket } from "../model.ts";
import { eventKey } from "../record-keys.ts";
import { encodeEvent } from "../records.ts";
import { encodeTail, newUid, nextOrder } from "../version-id.ts";
import type { Announcement, ObjectEvent, TestEvent } from "./object-event.ts";

interface Put {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** What a change did, beside who asked for it. */
export type Happening = Pick<
  ObjectEvent,
  "objectKey" | "versionId" | "sizeBytes" | "etag" | "order" | "restored"
>;

/**
 * What the commit of a change must put with it, so that everybody who wants to know of it will be told: none where
 * nobody does. What was committed is told though the process dies right after, and what was not, never.
 */
export function announcing(
  engine: Pick<Engine, "subscriptions" | "clock">,
  bucket: Bucket,
  announcement: Announcement | undefined,
  happening: Happening,
): readonly Put[] {
  if (announcement === undefined || engine.subscriptions === undefined) return [];
  const { name, origin } = announcement;
  const targets = engine.subscriptions.targetsOf(bucket, name, happening.objectKey);
  const atMs = engine.clock.nowMs();
  return targets.map((target) => {
    const { objectKey, versionId, sizeBytes, etag, order, restored } = happening;
    const event: ObjectEvent = {
      what: "object",
      name,
      configurationId: target.configurationId,
      bucket: bucket.name,
      bucketOwnerId: bucket.ownerId,
      objectKey,
      versionId: bucket.versioning === "unversioned" ? null : versionId,
      sizeBytes,
      etag,
      order,
      atMs,
      origin,
      ...(restored === undefined ? {} : { restored }),
    };
    return { key: newKey(target.name, atMs), value: encodeEvent(event) };
  });
}

/** A message to each of these, to be put by the commit that makes them targets. */
export function announcingTest(targetNames: readonly string[], event: TestEvent): readonly Put[] {
  return targetNames.map((name) => ({ key: newKey(name, event.atMs), value: encodeEvent(event) }));
}

/** Messages of one process keep their order; those of two are told by their clocks. */
const newKey = (target: string, nowMs: number): Buffer =>
  eventKey(target, encodeTail({ order: nextOrder(nowMs, 0), uid: newUid() }));
