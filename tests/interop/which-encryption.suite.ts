import assert from "node:assert/strict";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { strongroomCommand } from "../harness/strongroom-process.ts";
import { startTestServer, type TestServer } from "../harness/test-server.ts";
import { missingTool, runTool } from "../harness/tool-lookup.ts";

const GUIDE = fileURLToPath(new URL("../../docs/guides/which-encryption.md", import.meta.url));
const TOOLS = ["aws", "openssl"];
const noTools =
  missingTool("aws", "--version") || missingTool("openssl", "version") || missingTool("bash", "--version");

/** Every ```sh block of the guide under its heading, in order. */
function blocksOf(markdown: string): { heading: string; commands: string }[] {
  const blocks: { heading: string; commands: string }[] = [];
  let heading = "";
  for (const [, title, commands] of markdown.matchAll(/^## (.+)$|^```sh\n([\s\S]*?)^```$/gm)) {
    if (title !== undefined) heading = title;
    else blocks.push({ heading, commands: commands ?? "" });
  }
  return blocks;
}

describe("the guide on which encryption to choose", { skip: noTools }, () => {
  let server: TestServer;

  before(async () => {
    server = await startTestServer("guide");
  });

  after(() => server.close());

  test(`its commands run as they stand (${TOOLS.join(", ")})`, async () => {
    const blocks = blocksOf(readFileSync(GUIDE, "utf8"));
    assert.ok(blocks.length >= 10, "the guide has no commands");
    const home = join(server.folder.path, "reader");
    const bin = join(home, "bin");
    mkdirSync(bin, { recursive: true });
    // The reader's `npx strongroom env` finds the server in ./data; ours runs in a folder of its own.
    const { file, parameters } = strongroomCommand([]);
    const flags = `--data-dir '${server.folder.dataDir}' --root-key-file '${server.folder.rootKeyFile}'`;
    const script = `#!/bin/bash\nshift\n[[ $1 == env ]] && set -- "$@" ${flags}\nexec '${file}' '${parameters.join("' '")}' "$@"\n`;
    writeFileSync(join(bin, "npx"), script, { mode: 0o755 });
    symlinkSync(file, join(bin, "node"));
    // A command that has to fail is written `… && false`, which `set -e` lets pass when it fails, and only then.
    const program = blocks.map(({ heading, commands }) => `echo '## ${heading}'\n${commands}`).join("\n");
    const { stdout } = await runTool("bash", ["-euo", "pipefail", "-c", `${program}\necho done`], {
      environment: { PATH: `${bin}:${process.env["PATH"]}`, AWS_PAGER: "" },
      home,
    });
    assert.ok(stdout.endsWith("done\n"), stdout.slice(-2000));
    for (const { heading } of blocks) assert.ok(stdout.includes(`## ${heading}`), heading);
  });
});
