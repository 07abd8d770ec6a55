import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type ClientWorkbench, runClient } from "../clients/client-workbench.ts";

const GUIDE = new URL("../../../docs/guides/keys.md", import.meta.url);

/** Pastes the commands of the guide about keys into a shell, one block after the other. */
export async function followGuide(bench: ClientWorkbench): Promise<void> {
  const blocks = [...readFileSync(GUIDE, "utf8").matchAll(/^```sh\n(.*?)^```$/gms)].map(
    ([, text]) => text ?? "",
  );
  assert.ok(blocks.length >= 4, `${blocks.length} blocks of commands`);
  const script = join(bench.home, "guide.sh");
  writeFileSync(script, `exec 2>&1\n${blocks.join("\n")}`);
  const printed = await runClient(bench, "bash", [script]);
  assert.match(printed, /^secret$/m);
  assert.match(
    printed,
    /\(AccessDeniedException\) when calling the Decrypt operation: The ciphertext refers to/,
  );
  assert.match(printed, /\(DisabledException\) when calling the Decrypt operation: arn:\S+ is disabled\./);
  assert.match(printed, /^the figures of May$/m);
  assert.match(printed, /\(AccessDenied\) when calling the GetObject operation: \S.* kms:Decrypt/);
  assert.match(
    printed,
    /\(KMS\.DisabledException\) when calling the GetObject operation: arn:\S+ is disabled\./,
  );
  assert.match(printed, /user\/data-user/);
  assert.match(printed, /user\/key-admin/);
  assert.equal(printed.match(/An error occurred/g)?.length, 4, printed);
  bench.tally.add("blocks of the guide", blocks.length);
}
