import { existsSync } from "node:fs";
import { dataFolder, quoteForShell, ServerError } from "@strongroom/server";
import type { Command } from "commander";
import { openFolder } from "../open-folder.ts";
import { addSettingOptions, FOLDER_SETTINGS, flagsOf } from "../setting-options.ts";

/** `strongroom env`: what a shell, and through it every AWS tool, needs to reach this server as its root account. */
export function addEnv(program: Command): void {
  const command = program
    .command("env")
    .description("print the variables that point AWS tools at this server")
    .option("--endpoint <URL>", "how clients reach the server (default: where it last listened)")
    .option("--json", "print an object instead of export lines");
  addSettingOptions(command, FOLDER_SETTINGS).action(async (options: Record<string, unknown>) => {
    const { endpoint, json } = options;
    const variables = await readVariables(flagsOf(options), typeof endpoint === "string" ? endpoint : null);
    process.stdout.write(json === true ? `${JSON.stringify(variables, null, 2)}\n` : printExports(variables));
  });
}

async function readVariables(
  flags: Parameters<typeof openFolder>[0],
  givenEndpoint: string | null,
): Promise<Readonly<Record<string, string>>> {
  const { loaded, vault, endpoint } = await openFolder(flags);
  try {
    const root = await vault.accounts.findRootCredential();
    if (root === null) {
      throw new ServerError(
        "NotInitialised",
        "state",
        "the server has not made its root account yet: start it once",
      );
    }
    const { region, dataDir, listen } = loaded.config;
    const { caFile } = dataFolder(dataDir);
    const url = givenEndpoint ?? endpoint ?? `https://${listen.host}:${listen.port}`;
    return {
      AWS_ENDPOINT_URL: url,
      ...(existsSync(caFile) ? { AWS_CA_BUNDLE: caFile, NODE_EXTRA_CA_CERTS: caFile } : {}),
      AWS_ACCESS_KEY_ID: root.accessKeyId,
      AWS_SECRET_ACCESS_KEY: root.secretAccessKey.expose().toString("latin1"),
      AWS_REGION: region,
      AWS_DEFAULT_REGION: region,
    };
  } finally {
    await vault.close();
  }
}

function printExports(variables: Readonly<Record<string, string>>): string {
  return Object.entries(variables)
    .map(([name, value]) => `export ${name}=${quoteForShell(value)}\n`)
    .join("");
}
