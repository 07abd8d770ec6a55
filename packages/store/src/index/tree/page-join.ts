import { branchItems, encodeBranch } from "./branch-page.ts";
import { encodeLeaf, entryAt } from "./leaf-page.ts";
import { countOf } from "./page-layout.ts";
import { type EditContext, isSmall, type PageOutcome } from "./page-outcome.ts";

/** A joined page keeps a quarter of its room, or the next insertion would split it again. */
const JOINED_SHARE = 3 / 4;

/** Joins pages that became small with a neighbour where both fit in one page. */
export function joinSmall(
  context: EditContext,
  level: number,
  outcomes: readonly PageOutcome[],
): readonly PageOutcome[] {
  const joined: PageOutcome[] = [];
  for (const right of outcomes) {
    const left = joined.at(-1);
    const both = left === undefined ? null : tryJoin(context, level, left, right);
    if (both === null) joined.push(right);
    else joined.splice(-1, 1, both);
  }
  return joined;
}

function tryJoin(
  context: EditContext,
  level: number,
  left: PageOutcome,
  right: PageOutcome,
): PageOutcome | null {
  if (!isSmall(context, left) && !isSmall(context, right)) return null;
  const leftPage = pageOf(context, level, left);
  const rightPage = pageOf(context, level, right);
  if (leftPage.length + rightPage.length + right.lowKey.length > context.sizes.pageBytes * JOINED_SHARE)
    return null;
  const page =
    level === 0
      ? encodeLeaf([...entriesOf(leftPage), ...entriesOf(rightPage)])
      : encodeBranch(level, [...branchItems(leftPage, left.lowKey), ...branchItems(rightPage, right.lowKey)]);
  context.writes.remove(idOf(right));
  return { kind: "changed", lowKey: left.lowKey, id: idOf(left), page, shrank: true };
}

function entriesOf(page: Buffer) {
  return Array.from({ length: countOf(page) }, (_, index) => entryAt(page, index));
}

function pageOf(context: EditContext, level: number, outcome: PageOutcome): Buffer {
  if (outcome.kind === "changed") return outcome.page;
  return context.reader.page(outcome.ref.id, outcome.ref.tag, level);
}

function idOf(outcome: PageOutcome): number {
  return outcome.kind === "changed" ? outcome.id : outcome.ref.id;
}
