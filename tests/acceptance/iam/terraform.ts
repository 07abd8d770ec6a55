import assert from "node:assert/strict";
import { copyFileSync, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { missingTool } from "../../harness/tool-lookup.ts";
import { type ClientWorkbench, runClient } from "../clients/client-workbench.ts";

/** Where Terraform's providers may lie unpacked; nothing is downloaded. */
const MIRRORS = [
  process.env["STRONGROOM_TERRAFORM_PLUGINS"] ?? "",
  "/usr/share/terraform/plugins",
  "/usr/local/share/terraform/plugins",
  "/opt/tf-plugins",
];
const PROVIDER = join("registry.terraform.io", "hashicorp", "aws");

export const findMirror = (): string | undefined =>
  MIRRORS.find((folder) => folder !== "" && existsSync(join(folder, PROVIDER)));

/** Why Terraform cannot be used here, or false. */
export function missingProvider(): string | false {
  const noTerraform = missingTool("terraform", "version");
  if (noTerraform !== false) return noTerraform;
  return findMirror() === undefined
    ? "needs Terraform's AWS provider in a local folder: STRONGROOM_TERRAFORM_PLUGINS names it"
    : false;
}

/** Applies a configuration of every kind of thing, changes it, and takes it away again. */
export async function useTerraform(bench: ClientWorkbench): Promise<void> {
  const settings = join(bench.home, "terraform.rc");
  writeFileSync(settings, `provider_installation {\n  filesystem_mirror { path = "${findMirror()}" }\n}\n`);
  copyFileSync(fileURLToPath(new URL("./terraform/main.tf", import.meta.url)), join(bench.home, "main.tf"));
  const terraform = (command: string, ...parameters: string[]): Promise<string> =>
    runClient(bench, "terraform", [`-chdir=${bench.home}`, command, "-no-color", ...parameters], {
      TF_CLI_CONFIG_FILE: settings,
      TF_IN_AUTOMATION: "1",
      CHECKPOINT_DISABLE: "1",
    });
  const apply = ["-input=false", "-auto-approve"];
  await terraform("init", "-input=false");
  assert.match(await terraform("apply", ...apply), /Apply complete! Resources: 15 added/);
  // With this flag a plan that would change something ends with 2, which is thrown.
  await terraform("plan", "-input=false", "-detailed-exitcode");
  const second = ["-var", "stage=second"];
  const changed = await terraform("apply", ...apply, ...second);
  assert.match(changed, /may_read = true/);
  assert.match(changed, /"reader-renamed"/);
  await terraform("plan", "-input=false", "-detailed-exitcode", ...second);
  assert.match(await terraform("destroy", ...apply, ...second), /Destroy complete! Resources: 15 destroyed/);
  bench.tally.add("Terraform resources", 15);
}
