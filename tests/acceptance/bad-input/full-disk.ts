import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { makeScratchFolder } from "../../harness/scratch-folder.ts";
import type { Tally } from "../../harness/tally.ts";
import { bytesOf } from "../../harness/test-bytes.ts";
import { startTestServer, type TestServer } from "../../harness/test-server.ts";
import { BrokenResponseError, errorCodeOf } from "../../harness/wire-client.ts";

const BUCKET = "full-disk";

/** A data folder of which all, or the part below `part`, lies on a disk of its own, of `megabytes`. */
async function withSmallDisk(
  megabytes: number,
  part: string,
  use: (server: TestServer, mount: string) => Promise<void>,
): Promise<void> {
  const folder = makeScratchFolder("disk");
  const dataDir = join(folder.path, "data");
  const mount = join(dataDir, part);
  mkdirSync(mount, { recursive: true, mode: 0o700 });
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs", mount]);
  try {
    const server = await startTestServer("disk", { workers: 2, dataDir });
    try {
      await server.makeBucket(BUCKET);
      await use(server, mount);
    } finally {
      await server.close();
    }
  } finally {
    execFileSync("umount", ["-l", mount]);
    folder.remove();
  }
}

async function put(
  server: TestServer,
  objectKey: string,
  body: Buffer,
): Promise<{ status: number; code: string }> {
  try {
    const response = await server.client.request({ method: "PUT", bucket: BUCKET, objectKey, body });
    return { status: response.status, code: errorCodeOf(response) };
  } catch (error) {
    if (!(error instanceof BrokenResponseError)) throw error;
    return { status: -1, code: "connection closed" };
  }
}

/** What was acknowledged reads back, what was refused is not there, and the listing says the same. */
async function assertExactly(
  server: TestServer,
  kept: ReadonlyMap<string, Buffer>,
  refused: readonly string[],
): Promise<void> {
  for (const [objectKey, body] of kept) {
    const got = await server.client.request({ method: "GET", bucket: BUCKET, objectKey });
    assert.equal(got.status, 200, `${objectKey}: ${got.body}`);
    assert.ok(got.body.equals(body), objectKey);
  }
  for (const objectKey of refused) {
    const got = await server.client.request({ method: "HEAD", bucket: BUCKET, objectKey });
    assert.equal(got.status, 404, `${objectKey} was refused and is there`);
  }
  const listed = await server.client.request({ method: "GET", bucket: BUCKET, query: { "list-type": "2" } });
  assert.equal(listed.body.toString().split("<Key>").length - 1, kept.size);
}

/** Writes of several sizes until the disk is full; then deletes make room again. */
export async function fillDisk(tally: Tally): Promise<void> {
  await withSmallDisk(64, "", async (server) => {
    const before = server.process.pids();
    const kept = new Map<string, Buffer>();
    const refused: string[] = [];
    const codes = new Set<string>();
    for (let round = 0; round < 60; round++) {
      for (const sizeBytes of [2000, 200_000, 4 << 20]) {
        const objectKey = `${round}-${sizeBytes}`;
        const body = bytesOf(objectKey, sizeBytes);
        const { status, code } = await put(server, objectKey, body);
        if (status === 200) kept.set(objectKey, body);
        else {
          refused.push(objectKey);
          codes.add(`${status} ${code}`);
          assert.ok(status === -1 || status >= 500, `full disk answers ${status} ${code}`);
        }
      }
    }
    assert.ok(refused.length > 0, "64 MiB never filled");
    await assertExactly(server, kept, refused);
    assert.deepEqual(server.process.pids(), before, "a process ended on a full disk");
    tally.add("writes refused on a full disk", refused.length);
    console.log(`full disk: ${kept.size} kept, ${refused.length} refused with ${[...codes].join(", ")}`);
    let freed = 0;
    for (const objectKey of [...kept.keys()].filter((key) => key.endsWith(String(4 << 20)))) {
      const deleted = await server.client.request({ method: "DELETE", bucket: BUCKET, objectKey });
      if (deleted.status !== 204) continue;
      kept.delete(objectKey);
      freed++;
    }
    assert.ok(freed > 0, "a full disk lets nothing be deleted");
    const again = await putUntilAccepted(server);
    kept.set("again", again);
    await assertExactly(server, kept, refused);
    tally.add("deletes on a full disk", freed);
  });
}

/** Room may come back only with the sweep. */
async function putUntilAccepted(server: TestServer): Promise<Buffer> {
  const body = bytesOf("again", 200_000);
  for (let attempt = 0; attempt < 40; attempt++) {
    if ((await put(server, "again", body)).status === 200) return body;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  throw new Error("10 s after deletes there is still no room");
}

/**
 * The disk of the blobs turns read-only under the server, and writable again. (A disk with files open for writing, such
 * as the index, cannot be turned.)
 */
export async function freezeDisk(tally: Tally): Promise<void> {
  await withSmallDisk(64, "blobs", async (server, mount) => {
    const before = server.process.pids();
    const kept = new Map([["kept", bytesOf("kept", 200_000)]]);
    for (const [objectKey, body] of kept) assert.equal((await put(server, objectKey, body)).status, 200);
    remount(mount, "ro");
    const refused: string[] = [];
    for (const sizeBytes of [200_000, 4 << 20]) {
      const objectKey = `frozen-${sizeBytes}`;
      const { status, code } = await put(server, objectKey, bytesOf(objectKey, sizeBytes));
      assert.ok(status === -1 || status >= 500, `read-only disk answers ${status} ${code}`);
      console.log(`read-only disk: refused with ${status} ${code}`);
      refused.push(objectKey);
    }
    await assertExactly(server, kept, refused);
    remount(mount, "rw");
    kept.set("thawed", bytesOf("thawed", 200_000));
    assert.equal((await put(server, "thawed", bytesOf("thawed", 200_000))).status, 200, "writable again");
    await assertExactly(server, kept, refused);
    assert.deepEqual(server.process.pids(), before, "a process ended on a read-only disk");
    tally.add("writes refused on a read-only disk", refused.length);
  });
}

function remount(mount: string, mode: "ro" | "rw"): void {
  execFileSync("mount", ["-o", `remount,${mode}`, mount]);
}
