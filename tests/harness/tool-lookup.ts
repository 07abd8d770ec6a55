import { execFile, spawnSync } from "node:child_process";
import { promisify } from "node:util";

/** A reason to skip when `command ARGUMENT…` does not run here, else false. */
export function missingTool(command: string, ...parameters: string[]): string | false {
  const result = spawnSync(command, parameters, { stdio: "ignore", timeout: 30_000 });
  if (result.error !== undefined) return `${command} is not installed`;
  if (result.status !== 0) return `${[command, ...parameters].join(" ")} ends with ${result.status}`;
  return false;
}

export const isRoot = process.getuid?.() === 0;

export interface ToolResult {
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a tool with exactly this environment besides PATH and HOME; rejects with all it printed when it fails. */
export async function runTool(
  command: string,
  parameters: readonly string[],
  options: {
    readonly environment: Readonly<Record<string, string>>;
    readonly home: string;
    readonly timeoutMs?: number;
  },
): Promise<ToolResult> {
  try {
    return await promisify(execFile)(command, [...parameters], {
      env: { PATH: process.env["PATH"], HOME: options.home, LC_ALL: "C.UTF-8", ...options.environment },
      timeout: options.timeoutMs ?? 120_000,
      maxBuffer: 64 << 20,
      cwd: options.home,
    });
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    const printed =
      typeof error === "object" && error !== null && "stderr" in error
        ? `${"stdout" in error ? String(error.stdout).slice(-1500) : ""}\n${String(error.stderr).slice(-1500)}`
        : "";
    throw new Error(`${command} ${parameters.join(" ")}: ${text.slice(0, 300)}\n${printed}`);
  }
}
