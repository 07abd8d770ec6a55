/** What a request demands of what is there already. A failed demand must not cost the object that is there its keys. */
interface Conditions {
  readonly IfMatch?: string | undefined;
  readonly IfNoneMatch?: string | undefined;
  readonly CopySourceIfMatch?: string | undefined;
  readonly CopySourceIfNoneMatch?: string | undefined;
  readonly CopySourceIfModifiedSince?: Date | undefined;
  readonly CopySourceIfUnmodifiedSince?: Date | undefined;
}

/** Whether S3 may refuse the request for the state that it finds. */
export function isConditional(input: Conditions): boolean {
  const { IfMatch, IfNoneMatch, CopySourceIfMatch, CopySourceIfNoneMatch } = input;
  const { CopySourceIfModifiedSince, CopySourceIfUnmodifiedSince } = input;
  return [
    IfMatch,
    IfNoneMatch,
    CopySourceIfMatch,
    CopySourceIfNoneMatch,
    CopySourceIfModifiedSince,
    CopySourceIfUnmodifiedSince,
  ].some((condition) => condition !== undefined);
}

/**
 * Writes an object and its instruction file. The two cannot be written at once. The file goes first, so that no reader finds a
 * new object without keys; unless the object may well fail (it is conditional, or its body comes from a stream): then the
 * object goes first, or the failure would leave the old object with the keys of one that never came.
 */
export async function writeBoth<Output>(
  writeFile: (() => Promise<void>) | null,
  writeObject: () => Promise<Output>,
  mayFail: boolean,
): Promise<Output> {
  if (writeFile === null) return writeObject();
  if (!mayFail) await writeFile();
  const output = await writeObject();
  if (mayFail) await writeFile();
  return output;
}
