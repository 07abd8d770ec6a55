import { loadConfig, runServer } from "@strongroom/server";
import type { Command } from "commander";
import { addSettingOptions, flagsOf } from "../setting-options.ts";

/** `strongroom serve`: runs until SIGTERM, drains, ends with 0. */
export function addServe(program: Command): void {
  const command = program.command("serve").description("run the server");
  addSettingOptions(command).action(async (options: Record<string, unknown>) => {
    stopWithLauncher();
    const { config } = loadConfig(flagsOf(options));
    await runServer(config, {
      ready: (line) => process.stdout.write(`${line}\n`),
      notice: (text) => process.stderr.write(text),
    });
  });
}

/** A launcher that could not become this process holds a channel to it: its end is ours. */
function stopWithLauncher(): void {
  process.once("disconnect", () => process.kill(process.pid, "SIGTERM"));
  process.channel?.unref();
}
