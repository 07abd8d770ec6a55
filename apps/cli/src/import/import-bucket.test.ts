import assert from "node:assert/strict";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { importBucket } from "./import-bucket.ts";
import { ImportReport } from "./import-report.ts";
import type { ImportSource, SourceKey } from "./import-source.ts";
import { ImportState } from "./import-state.ts";
import { ImportTarget } from "./import-target.ts";
import { connectS3 } from "./s3-connection.ts";

/** Holds one object, and cannot list what comes after it. */
function breakingSource(onBreak: () => void): ImportSource {
  const version = { kind: "object", objectKey: "k", versionId: null, etag: "" } as const;
  const key: SourceKey = { objectKey: "k", versions: [{ ...version, lastModifiedMs: 0, sizeBytes: 1 }] };
  return {
    name: "source",
    listBuckets: async () => ["b"],
    describeBucket: async (name) => ({ name, versioning: "never", hasObjectLock: false }),
    readSettings: async () => ({ policy: null, tags: [], cors: [], encryption: [] }),
    async *listKeys() {
      yield key;
      onBreak();
      throw new Error("the drive is gone");
    },
    openObject: async () => ({
      ...{ headers: {}, userMetadata: {}, tags: [], checksum: null, contentEtag: null },
      lock: { retention: null, isLegalHold: false },
      ...{ isMultipart: false, isLayoutGuessed: false },
      parts: [{ open: async () => ({ sizeBytes: 1, body: oneByte() }) }],
      close: () => {},
    }),
    close: () => {},
  };
}

async function* oneByte(): AsyncGenerator<Uint8Array> {
  yield Buffer.from("x");
}

test("a listing that breaks off leaves nothing under way: what was begun is written down, or told", async () => {
  const { promise: broken, resolve: onBreak } = Promise.withResolvers<void>();
  const server = createServer((request, response) => {
    request.resume();
    const { method, url = "" } = request;
    const answer = (status: number, body = ""): void => void response.writeHead(status).end(body);
    request.on("end", () => {
      if (method === "HEAD") answer(404);
      else if (url.includes("versions")) answer(200, "<R><IsTruncated>false</IsTruncated></R>");
      else if (method === "PUT" && url.startsWith("/b/k")) void broken.then(() => answer(200));
      else answer(200);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" ? address?.port : 0;
  const client = connectS3(
    {
      ...{ endpoint: `http://127.0.0.1:${port}`, region: "us-east-1", profile: null, caFile: null },
      credentials: { accessKeyId: "AKID", secretAccessKey: "secret" },
    },
    2,
    1,
  );
  const source = breakingSource(onBreak);
  const report = new ImportReport();
  try {
    const state = ImportState.open(join(tmpdir(), "never-written"), "route", "secret", true);
    const encryption = { scheme: "default", kmsKeyId: null, customerKey: null } as const;
    await importBucket(
      {
        ...{ source, state, report, prefix: "", settings: [], scheme: "default", concurrency: 2 },
        importTarget: new ImportTarget(client, encryption, () => {}),
        ...{ isCurrentOnly: false, isOverwriting: false, isDryRun: false },
      },
      "b",
      "b",
    );
    assert.deepEqual(report.totals(), { ...report.totals(), keys: 1, objects: 1, failed: 1 });
  } finally {
    client.destroy();
    server.close();
  }
});
