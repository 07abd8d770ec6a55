import {
  type BranchItem,
  branchItems,
  childFor,
  childRef,
  compareLowKey,
  encodeBranch,
  REF_BYTES,
  setChildTag,
} from "./branch-page.ts";
import type { EditRun } from "./edit.ts";
import { editLeaf } from "./leaf-edit.ts";
import { joinSmall } from "./page-join.ts";
import { countOf, offsetAt } from "./page-layout.ts";
import { type EditContext, isSmall, type PageOutcome, sealOutcome } from "./page-outcome.ts";
import { splitPoints } from "./page-split.ts";
import type { PageId, PageRef } from "./page-store.ts";

/** Applies edits below one page; `ref` null when the tree is empty. */
export function editPage(
  context: EditContext,
  ref: PageRef | null,
  level: number,
  lowKey: Buffer,
  run: EditRun,
): readonly PageOutcome[] {
  if (ref === null || level === 0) return editLeaf(context, ref, lowKey, run);
  return editBranch(context, ref, level, lowKey, run);
}

function editBranch(
  context: EditContext,
  ref: PageRef,
  level: number,
  lowKey: Buffer,
  run: EditRun,
): readonly PageOutcome[] {
  const page = context.reader.page(ref.id, ref.tag, level);
  const edited = editChildren(context, page, level, lowKey, run);
  if (edited.every(({ outcomes }) => outcomes[0]?.kind === "kept")) return [{ kind: "kept", lowKey, ref }];
  if (edited.every((child) => keepsItsPlace(context, child))) {
    const copy = retagged(context, page, edited);
    return [{ kind: "changed", lowKey, id: ref.id, page: copy, shrank: false }];
  }
  const before = countOf(page);
  const children = joinSmall(context, level - 1, replaced(page, lowKey, edited));
  const last = edited.at(-1);
  const grewAtEnd = last !== undefined && last.index === before - 1 && last.outcomes.length > 1;
  return buildBranches(context, level, ref.id, lowKey, children, {
    grewAtEnd,
    shrank: children.length < before,
  });
}

interface EditedChild {
  readonly index: number;
  readonly ref: PageRef;
  readonly outcomes: readonly PageOutcome[];
}

function editChildren(
  context: EditContext,
  page: Buffer,
  level: number,
  lowKey: Buffer,
  run: EditRun,
): readonly EditedChild[] {
  const count = countOf(page);
  const edited: EditedChild[] = [];
  let start = run.start;
  while (start < run.end) {
    const index = childFor(page, count, run.edits[start]?.key ?? lowKey);
    let end = start + 1;
    while (end < run.end && isBelowNext(page, count, index, run.edits[end]?.key ?? lowKey)) end++;
    const ref = childRef(page, count, index);
    const childLowKey =
      index === 0 ? lowKey : page.subarray(offsetAt(page, index), offsetAt(page, index + 1));
    const outcomes = editPage(context, ref, level - 1, childLowKey, { edits: run.edits, start, end });
    edited.push({ index, ref, outcomes });
    start = end;
  }
  return edited;
}

function isBelowNext(page: Buffer, count: number, index: number, key: Buffer): boolean {
  return index + 1 >= count || compareLowKey(page, index + 1, key) > 0;
}

/** The usual case: no child was split, emptied or is to be joined, so only tags change. */
function keepsItsPlace(context: EditContext, child: EditedChild): boolean {
  const only = child.outcomes[0];
  return child.outcomes.length === 1 && only !== undefined && !isSmall(context, only);
}

function retagged(context: EditContext, page: Buffer, edited: readonly EditedChild[]): Buffer {
  const copy = Buffer.allocUnsafeSlow(page.length);
  page.copy(copy);
  const count = countOf(copy);
  for (const { index, outcomes } of edited) {
    const outcome = outcomes[0];
    if (outcome?.kind === "changed") setChildTag(copy, count, index, sealOutcome(context, outcome).tag);
  }
  return copy;
}

function replaced(page: Buffer, lowKey: Buffer, edited: readonly EditedChild[]): readonly PageOutcome[] {
  const byIndex = new Map(edited.map((child) => [child.index, child.outcomes]));
  return branchItems(page, lowKey).flatMap(
    (item, index): readonly PageOutcome[] => byIndex.get(index) ?? [{ kind: "kept", ...item }],
  );
}

/** Branches over the given children, which are sealed here. `id` is reused for the first of them. */
export function buildBranches(
  context: EditContext,
  level: number,
  id: PageId | null,
  lowKey: Buffer,
  children: readonly PageOutcome[],
  how: { readonly grewAtEnd: boolean; readonly shrank: boolean },
): readonly PageOutcome[] {
  if (children.length === 0) {
    if (id !== null) context.writes.remove(id);
    return [];
  }
  const items: readonly BranchItem[] = children.map((child) => ({
    lowKey: child.lowKey,
    ref: sealOutcome(context, child),
  }));
  const sizes = items.map((item) => 2 + REF_BYTES + item.lowKey.length);
  // Two children at least, so that each level is at most half as long as the one below.
  const starts = splitPoints(sizes, context.sizes.pageBytes, how.grewAtEnd, 2);
  return starts.map((start, part) => ({
    kind: "changed",
    lowKey: part === 0 ? lowKey : (items[start]?.lowKey ?? lowKey),
    id: part === 0 && id !== null ? id : context.writes.takeId(),
    page: encodeBranch(level, items.slice(start, starts[part + 1])),
    shrank: how.shrank,
  }));
}
