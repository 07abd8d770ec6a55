import assert from "node:assert/strict";
import { test } from "node:test";
import { Tally } from "../harness/tally.ts";
import { flipsOf, storedFiles } from "./mutations.ts";
import { makeSamples } from "./sealed-samples.ts";
import { emptyReport, tryMutations } from "./tamper-run.ts";

test("[L-25] bytes all over the stored files of a small object: right, or refused", async (context) => {
  const { server, samples } = await makeSamples("one small");
  context.after(() => server.close());
  await server.process.stop();
  const { dataDir, rootKeyFile, path } = server.folder;
  const setup = { original: dataDir, rootKeyFile, samples, scratch: path };
  const report = emptyReport();
  for (const { file, sizeBytes } of storedFiles(dataDir)) {
    const step = Math.max(1, Math.floor(sizeBytes / 150));
    const offsets = Array.from(
      { length: Math.floor(sizeBytes / step) },
      (_, index) => index * step + (index % step),
    );
    await tryMutations(setup, flipsOf(file, offsets), report, 1);
  }
  const tally = new Tally();
  tally.add("refused", report.refused);
  tally.add("not in use", report.unharmed);
  tally.add("ended the reader", report.died);
  tally.conclude(console.log, ["refused"]);
  assert.deepEqual(report.wrong, []);
});
