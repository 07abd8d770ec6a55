import { after, before, describe, test } from "node:test";
import { startTestServer, type TestServer } from "../harness/test-server.ts";
import { makeStreamingBucket, readRanges, stallReaders, streamUpAndDown } from "./streaming-run.ts";

const MEBIBYTE = 1 << 20;
const sizeMiB = Number(process.env["STRONGROOM_STREAM_MIB"] ?? 5 * 1024);

describe("streaming", { skip: process.platform === "linux" ? false : "reads /proc" }, () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer("streaming", { workers: 2 });
    await makeStreamingBucket(server);
  });
  after(() => server.close());

  test(`${sizeMiB} MiB up and down with less than 400 MiB in all server processes`, async () => {
    // One PUT takes 5 GiB at most.
    const figures = await streamUpAndDown(server, Math.min(sizeMiB, 5 * 1024) * MEBIBYTE, 400 * MEBIBYTE);
    console.log(`checked: ${sizeMiB} MiB, ${JSON.stringify(figures)}`);
  });
  test("40 readers that stall in 32 MiB hold back the disk, not the heap", async () => {
    console.log(
      `checked: 40 stalled readers, ${JSON.stringify(await stallReaders(server, 40, 32 * MEBIBYTE))}`,
    );
  });
  test("a range of 1 KB of 64 MiB reads only the chunks it needs", async () => {
    console.log(`checked: ${JSON.stringify(await readRanges(server, 64 * MEBIBYTE))}`);
  });
});
