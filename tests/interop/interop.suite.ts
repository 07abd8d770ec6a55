import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { Tally } from "../harness/tally.ts";
import { startTestServer, type TestServer } from "../harness/test-server.ts";
import { makeKeys, openParticipants, type Participants, writePlaintexts } from "./interop-bench.ts";
import { cellsOf, writeCompatibilityReport } from "./matrix/compatibility-report.ts";
import { type Reading, runMatrix } from "./matrix/matrix-run.ts";
import type { Cell } from "./matrix/report-cells.ts";
import { OURS } from "./matrix/shapes.ts";
import { PEER_NAMES } from "./peers/peer-programs.ts";

const BUCKET = "interop";

/** S3EC §9 and the matrix: who wrote, who read. */
describe("the official S3 encryption clients and ours", () => {
  let server: TestServer;
  let participants: Participants;
  let noKms: string | null = null;
  let readings: readonly Reading[] = [];
  let cells: readonly Cell[] = [];
  const tally = new Tally();

  before(async () => {
    server = await startTestServer("interop", { workers: 2 });
    await server.makeBucket(BUCKET);
    participants = await openParticipants(server.environment);
    const keys = await makeKeys(participants.kms);
    noKms = keys.noKms;
    readings = await runMatrix({
      bucket: BUCKET,
      participants: participants.all,
      plaintexts: writePlaintexts(join(server.folder.path, "plaintexts")),
      keyrings: keys.keyrings,
    });
    cells = cellsOf(readings);
  });

  after(async () => {
    await participants?.close();
    await server.close();
    tally.conclude(console.log, [`${OURS} > ${OURS}`]);
  });

  for (const writer of [OURS, ...PEER_NAMES] as const) {
    for (const reader of [OURS, ...PEER_NAMES] as const) {
      test(`[L-10] ${reader} reads what ${writer} wrote`, (t) => {
        for (const name of [writer, reader]) {
          const reason = name === OURS ? undefined : participants.missing.get(name);
          if (reason !== undefined) return t.skip(`${name}: ${reason}`);
        }
        const mine = cells.filter(
          (cell) => cell.writer === writer && cell.reader === reader && !cell.isUnsupported,
        );
        const failures = mine.flatMap((cell) =>
          cell.failures.map(
            ({ object, failure }) => `${Object.values(cell.group).join(" ")} ${object}: ${failure}`,
          ),
        );
        const passed = mine.reduce((sum, cell) => sum + cell.passed.length, 0);
        tally.add(`${writer} > ${reader}`, passed);
        assert.equal(
          failures.length,
          0,
          `${failures.length} of ${passed + failures.length}: ${failures.slice(0, 5).join("\n")}`,
        );
        if (passed === 0)
          t.skip(noKms === null ? "these two have nothing in common" : `no KMS here: ${noKms}`);
      });
    }
  }

  test("the report holds what passed before", (t) => {
    if (participants.missing.size > 0)
      return t.skip(`without ${[...participants.missing.keys()].join(", ")}`);
    if (noKms !== null) return t.skip(`no KMS here: ${noKms}`);
    assert.ok(writeCompatibilityReport(readings), "objects that were read before are not any more");
  });
});
