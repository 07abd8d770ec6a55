import { element, type XmlElement } from "@strongroom/wire";
import type { EntityKind, EntityOfKind } from "../identities/entity-reader.ts";
import { validationError } from "./iam-api-error.ts";
import type { PageRequest } from "./input-reader.ts";
import type { IamCall } from "./operation.ts";

/** A part of a listing and where the next begins; null: there is no more. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly next: string | null;
}

const SCAN = 500;

/** Markers are opaque to clients: the name, or the number, of the last item that was shown. */
function encodeMarker(last: string): string {
  return Buffer.from(`1${last}`).toString("base64url");
}

function decodeMarker(marker: string): string {
  const text = Buffer.from(marker, "base64url").toString();
  if (!text.startsWith("1") || encodeMarker(text.slice(1)) !== marker)
    throw validationError("Invalid Marker.");
  return text.slice(1);
}

/** Entities by name, those that `accepts` takes. */
export async function pageOfEntities<Kind extends EntityKind>(
  call: IamCall,
  kind: Kind,
  request: PageRequest,
  accepts: (entity: EntityOfKind[Kind]) => boolean = () => true,
): Promise<Page<EntityOfKind[Kind]>> {
  const items: EntityOfKind[Kind][] = [];
  let after = request.marker === null ? null : decodeMarker(request.marker);
  for (;;) {
    const found = await call.identities.page(kind, call.accountId, after, SCAN);
    for (const entity of found) {
      if (!accepts(entity)) continue;
      const last = items.at(-1);
      if (items.length === request.maxItems && last !== undefined)
        return { items, next: encodeMarker(last.name) };
      items.push(entity);
    }
    const last = found.at(-1);
    if (last === undefined || found.length < SCAN) return { items, next: null };
    after = last.name;
  }
}

/** A part of a short list that is at hand whole. */
export function pageOfList<Item>(all: readonly Item[], { marker, maxItems }: PageRequest): Page<Item> {
  const { start, end, next } = pageOfCount(all.length, { marker, maxItems });
  return { items: all.slice(start, end), next };
}

/** Which of `count` numbered items a page shows: from `start` to before `end`. */
export function pageOfCount(count: number, { marker, maxItems }: PageRequest) {
  const start = marker === null ? 0 : Number(decodeMarker(marker));
  if (!Number.isSafeInteger(start) || start < 0) throw validationError("Invalid Marker.");
  const end = Math.min(count, start + maxItems);
  return { start, end, next: end < count ? encodeMarker(String(end)) : null };
}

/** `<IsTruncated/>` and, when it is, `<Marker/>`. */
export function printPage({ next }: Pick<Page<unknown>, "next">): readonly XmlElement[] {
  const isTruncated = element("IsTruncated", next !== null);
  return next === null ? [isTruncated] : [isTruncated, element("Marker", next)];
}
