import assert from "node:assert/strict";
import { copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type ClientWorkbench, runClient } from "../clients/client-workbench.ts";
import { findMirror } from "../iam/terraform.ts";

const RESOURCES = 8;

/** Applies keys of each kind with alias, grant, policy and imported material, changes them, and takes them away. */
export async function useTerraform(bench: ClientWorkbench): Promise<void> {
  const settings = join(bench.home, "terraform.rc");
  writeFileSync(settings, `provider_installation {\n  filesystem_mirror { path = "${findMirror()}" }\n}\n`);
  copyFileSync(fileURLToPath(new URL("./main.tf", import.meta.url)), join(bench.home, "main.tf"));
  const terraform = (command: string, ...parameters: string[]): Promise<string> =>
    runClient(
      bench,
      "terraform",
      [`-chdir=${bench.home}`, command, "-no-color", "-input=false", ...parameters],
      {
        TF_CLI_CONFIG_FILE: settings,
        TF_IN_AUTOMATION: "1",
        CHECKPOINT_DISABLE: "1",
      },
    );
  const second = ["-var", "stage=second"];
  await terraform("init");
  const applied = await terraform("apply", "-auto-approve");
  assert.match(applied, new RegExp(`Apply complete! Resources: ${RESOURCES} added`));
  assert.match(applied, /by_alias *= true/);
  assert.match(applied, /BEGIN PUBLIC KEY/);
  // With this flag a plan that would change something ends with 2, which is thrown.
  await terraform("plan", "-detailed-exitcode");
  assert.match(
    await terraform("apply", "-auto-approve", ...second),
    /Apply complete! Resources: 0 added, 2 changed/,
  );
  await terraform("plan", "-detailed-exitcode", ...second);
  const destroyed = await terraform("destroy", "-auto-approve", ...second);
  assert.match(destroyed, new RegExp(`Destroy complete! Resources: ${RESOURCES} destroyed`));
  bench.tally.add("Terraform resources", RESOURCES);
}
