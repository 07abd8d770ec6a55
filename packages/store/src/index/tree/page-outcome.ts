import type { PageReader } from "./page-reader.ts";
import type { PageId, PageRef } from "./page-store.ts";
import type { PageWrites } from "./page-writes.ts";

/** Sizes of the tree, in bytes of plaintext. */
export interface TreeSizes {
  /** A page over this is split. */
  readonly pageBytes: number;
  /** A value over this lies in a record of its own. */
  readonly inlineBytes: number;
}

/** What every step of one edit of the tree shares. */
export interface EditContext {
  readonly reader: PageReader;
  readonly writes: PageWrites;
  readonly sizes: TreeSizes;
  /** Records added less records removed, so far. */
  growth: number;
}

/**
 * What became of a page, for its parent: kept as it was, or changed and not sealed yet (so that it can still be
 * joined with a neighbour). A page that was split becomes several outcomes, one that was emptied none.
 */
export type PageOutcome =
  | { readonly kind: "kept"; readonly lowKey: Buffer; readonly ref: PageRef }
  | {
      readonly kind: "changed";
      readonly lowKey: Buffer;
      readonly id: PageId;
      readonly page: Buffer;
      /** It lost something, so it may have become too small to stand alone. */
      readonly shrank: boolean;
    };

export function sealOutcome(context: EditContext, outcome: PageOutcome): PageRef {
  return outcome.kind === "kept" ? outcome.ref : context.writes.page(outcome.id, outcome.page);
}

/** Too small to stand alone: under a quarter of a page, after losing something. */
export function isSmall(context: EditContext, outcome: PageOutcome): boolean {
  return outcome.kind === "changed" && outcome.shrank && outcome.page.length < context.sizes.pageBytes / 4;
}
