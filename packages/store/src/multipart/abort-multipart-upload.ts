import { type Engine, untilCommitted } from "../engine.ts";
import type { UploadSelector } from "../object-store.ts";
import { garbageKey } from "../record-keys.ts";
import { encodeGarbage } from "../records.ts";
import { collectGarbage } from "../sweep.ts";
import { readUpload } from "./read-upload.ts";

/** Ends an upload. From the commit on no part can join it; its parts are removed right after. */
export async function abortMultipartUpload(engine: Engine, selector: UploadSelector): Promise<void> {
  const uid = await untilCommitted(async () => {
    const { upload, uploadStored } = await readUpload(engine, selector);
    const garbage = encodeGarbage({ sinceMs: 0, partNumbers: null });
    await engine.index.commit({
      checks: [{ key: uploadStored.key, revision: uploadStored.revision }],
      deletes: [uploadStored.key],
      puts: [{ key: garbageKey(upload.uid), value: garbage }],
    });
    return upload.uid;
  });
  engine.later(() => collectGarbage(engine, uid));
}
