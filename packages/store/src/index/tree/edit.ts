/** One key's new state; `value` null deletes it. */
export interface Edit {
  readonly key: Buffer;
  readonly value: Buffer | null;
  readonly revision: number;
}

/** `edits[start, end)`: ascending, one per key. */
export interface EditRun {
  readonly edits: readonly Edit[];
  readonly start: number;
  readonly end: number;
}
