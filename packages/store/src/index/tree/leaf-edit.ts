import type { Edit, EditRun } from "./edit.ts";
import {
  compareEntry,
  type EntrySlice,
  encodeEntry,
  encodeLeaf,
  entryAt,
  keyOf,
  lowerBound,
  storedValueOf,
} from "./leaf-page.ts";
import { countOf, separatorOf } from "./page-layout.ts";
import type { EditContext, PageOutcome } from "./page-outcome.ts";
import { splitPoints } from "./page-split.ts";
import type { PageRef } from "./page-store.ts";

/** Applies edits to one leaf; `ref` null when the tree is empty. */
export function editLeaf(
  context: EditContext,
  ref: PageRef | null,
  lowKey: Buffer,
  run: EditRun,
): readonly PageOutcome[] {
  const leaf = ref === null ? null : context.reader.page(ref.id, ref.tag, 0);
  const merged = mergeEntries(context, leaf, run);
  if (merged.changes === 0) return ref === null ? [] : [{ kind: "kept", lowKey, ref }];
  if (merged.entries.length === 0) {
    if (ref !== null) context.writes.remove(ref.id);
    return [];
  }
  const sizes = merged.entries.map((entry) => 2 + entry.end - entry.start);
  const starts = splitPoints(sizes, context.sizes.pageBytes, merged.grewAtEnd, 1);
  return starts.map((start, part) => {
    const entries = merged.entries.slice(start, starts[part + 1]);
    return {
      kind: "changed",
      lowKey: part === 0 ? lowKey : separatorBefore(merged.entries, start),
      id: part === 0 && ref !== null ? ref.id : context.writes.takeId(),
      page: encodeLeaf(entries),
      shrank: merged.shrank,
    };
  });
}

interface Merged {
  readonly entries: readonly EntrySlice[];
  readonly changes: number;
  readonly shrank: boolean;
  readonly grewAtEnd: boolean;
}

function mergeEntries(context: EditContext, leaf: Buffer | null, run: EditRun): Merged {
  const count = leaf === null ? 0 : countOf(leaf);
  const entries: EntrySlice[] = [];
  let changes = 0;
  let shrank = false;
  let taken = 0;
  for (let at = run.start; at < run.end; at++) {
    const edit = run.edits[at];
    if (edit === undefined) continue;
    const position = leaf === null ? 0 : lowerBound(leaf, count, edit.key);
    for (; leaf !== null && taken < position; taken++) entries.push(entryAt(leaf, taken));
    const replaces = leaf !== null && position < count && compareEntry(leaf, position, edit.key) === 0;
    if (replaces) {
      dropValue(context, entryAt(leaf, position));
      taken = position + 1;
    }
    if (edit.value !== null) entries.push(encodeEdit(context, edit, edit.value));
    else if (replaces) shrank = true;
    if (replaces || edit.value !== null) changes++;
    context.growth += (edit.value === null ? 0 : 1) - (replaces ? 1 : 0);
  }
  const grewAtEnd = count > 0 && taken === count && entries.length > count;
  for (; leaf !== null && taken < count; taken++) entries.push(entryAt(leaf, taken));
  return { entries, changes, shrank, grewAtEnd };
}

function encodeEdit(context: EditContext, edit: Edit, value: Buffer): EntrySlice {
  const stored =
    value.length <= context.sizes.inlineBytes
      ? { inline: value }
      : { outOfLine: context.writes.value(value), sizeBytes: value.length };
  const source = encodeEntry(edit.key, edit.revision, stored);
  return { source, start: 0, end: source.length };
}

function dropValue(context: EditContext, entry: EntrySlice): void {
  const stored = storedValueOf(entry);
  if ("outOfLine" in stored) context.writes.remove(stored.outOfLine.id);
}

function separatorBefore(entries: readonly EntrySlice[], start: number): Buffer {
  const left = entries[start - 1];
  const right = entries[start];
  if (left === undefined || right === undefined) throw new RangeError("a page was split outside its entries");
  return separatorOf(keyOf(left), keyOf(right));
}
