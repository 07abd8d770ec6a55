import { buildBranches, editPage } from "./branch-edit.ts";
import { childRef } from "./branch-page.ts";
import type { Edit } from "./edit.ts";
import { countOf } from "./page-layout.ts";
import { type EditContext, sealOutcome } from "./page-outcome.ts";
import type { PageRef } from "./page-store.ts";
import type { Superblock } from "./superblock.ts";

export interface EditedRoot {
  readonly root: PageRef | null;
  readonly height: number;
}

const NO_KEY = Buffer.alloc(0);

/**
 * Applies edits (ascending, one per key) to the state that `superblock` names and seals every page that changes
 * once, children before parents. What is to be stored is left in `context.writes`.
 */
export function editTree(context: EditContext, superblock: Superblock, edits: readonly Edit[]): EditedRoot {
  const run = { edits, start: 0, end: edits.length };
  let level = Math.max(0, superblock.height - 1);
  let outcomes = editPage(context, superblock.root, level, NO_KEY, run);
  while (outcomes.length > 1) {
    level++;
    outcomes = buildBranches(context, level, null, NO_KEY, outcomes, { grewAtEnd: false, shrank: false });
  }
  const only = outcomes[0];
  if (only === undefined) return { root: null, height: 0 };
  return lowerRoot(context, sealOutcome(context, only), level);
}

/** A root with a single child gives way to that child. */
function lowerRoot(context: EditContext, top: PageRef, topLevel: number): EditedRoot {
  let root = top;
  let level = topLevel;
  for (; level > 0; level--) {
    const page = context.writes.pageAt(root.id) ?? context.reader.page(root.id, root.tag, level);
    if (countOf(page) > 1) break;
    context.writes.remove(root.id);
    root = childRef(page, 1, 0);
  }
  return { root, height: level + 1 };
}
