import { type Index, IndexConflictError, IndexIntegrityError } from "@strongroom/store";
import type { Metrics } from "../metrics.ts";

/** The index, with commits and integrity failures counted. Behaves as `index` does. */
export function measuredIndex(index: Index, metrics: Metrics): Index {
  const watch = <Result>(work: Promise<Result>): Promise<Result> => {
    work.catch((error: unknown) => {
      if (error instanceof IndexIntegrityError) metrics.countIntegrityFailure();
    });
    return work;
  };
  return {
    // Called several times for each request, and every service reports what fails in it: no promise more than needed.
    get: (key) => index.get(key),
    list: (range) => watch(index.list(range)),
    listTogether: (ranges) => watch(index.listTogether(ranges)),
    commit: (batch) => {
      const work = watch(index.commit(batch));
      work.then(
        () => metrics.countCommit(),
        (error: unknown) => {
          if (error instanceof IndexConflictError) metrics.countConflict();
        },
      );
      return work;
    },
    lastCommit: () => index.lastCommit(),
    readPayload: (id) => index.readPayload(id),
    listPayloads: (afterId, limit) => watch(index.listPayloads(afterId, limit)),
    close: () => index.close(),
  };
}
