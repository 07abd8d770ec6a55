import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { missingTool, runTool } from "./tool-lookup.ts";

export interface ProgramCommand {
  readonly file: string;
  readonly parameters: readonly string[];
}

/** A program that is ready to be started, or why it cannot be had here. */
export type BuiltProgram = ProgramCommand | { readonly missing: string };

export interface BuildStep {
  readonly command: string;
  readonly parameters: readonly string[];
  /** Talks to a registry: its failure is the machine's, and the program is skipped. */
  readonly fetches: boolean;
  /** More variables for this step. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** A small program of this repository that is built outside of it. */
export interface ProgramSources {
  /** What the folders below are in. */
  readonly root: URL;
  /** Their files are copied side by side. */
  readonly folders: readonly string[];
  /** What must run here, with arguments, for it to be built. */
  readonly tools: readonly (readonly string[])[];
  steps(folder: string): readonly BuildStep[];
  start(folder: string): ProgramCommand;
}

const FETCH_TIMEOUT_MS = 180_000;
const COMPILE_TIMEOUT_MS = 180_000;

export const fetchStep = (command: string, ...parameters: string[]): BuildStep => ({
  command,
  parameters,
  fetches: true,
});

export const compileStep = (command: string, ...parameters: string[]): BuildStep => ({
  command,
  parameters,
  fetches: false,
});

export const sourcesIn = (folder: string, ending: string): string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith(ending))
    .map((name) => join(folder, name));

/** Where built programs are kept from run to run. */
export const cacheFolder = (name: string): string =>
  join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "strongroom", name);

/**
 * Builds the program unless the cache has it, under a hash of its sources. Throws when they do not compile: that is this
 * repository's fault.
 */
export async function buildProgram(
  cache: string,
  name: string,
  program: ProgramSources,
  compileTimeoutMs = COMPILE_TIMEOUT_MS,
): Promise<BuiltProgram> {
  for (const [tool = "", ...parameters] of program.tools) {
    const reason = missingTool(tool, ...parameters);
    if (reason !== false) return { missing: reason };
  }
  const folder = join(cacheFolder(cache), `${name}-${digestOf(program)}`);
  if (existsSync(folder)) return program.start(folder);
  // Suites that run at once may build the same one: each in a folder of its own, and the first to end is kept.
  const building = `${folder}.${process.pid}`;
  mkdirSync(building, { recursive: true });
  try {
    const missing = await runSteps(program, building, compileTimeoutMs);
    if (missing !== null) return { missing };
    if (!existsSync(folder)) renameSync(building, folder);
    return program.start(folder);
  } finally {
    rmSync(building, { recursive: true, force: true });
  }
}

/** Null when it is built; else why the machine cannot. */
async function runSteps(
  program: ProgramSources,
  folder: string,
  compileTimeoutMs: number,
): Promise<string | null> {
  for (const source of filesOf(program)) copyFileSync(source.path, join(folder, source.name));
  for (const step of program.steps(folder)) {
    try {
      await runTool(step.command, step.parameters, {
        environment: { ...environmentOfBuild(), ...step.environment },
        home: homedir(),
        timeoutMs: step.fetches ? FETCH_TIMEOUT_MS : compileTimeoutMs,
      });
    } catch (error) {
      if (!step.fetches) throw error;
      return `its packages cannot be had: ${firstLines(error)}`;
    }
  }
  return null;
}

/** Settings of the machine that package clients need. */
function environmentOfBuild(): Record<string, string> {
  const kept = Object.entries(process.env).filter(([name]) =>
    /^(PIP_|GO|JAVA_HOME|MAVEN_|M2_|SSL_|XDG_|NODE_EXTRA_CA_CERTS|CARGO_HOME|RUSTUP_)/.test(name),
  );
  return Object.fromEntries(kept.map(([name, value]) => [name, value ?? ""]));
}

function firstLines(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/\s+/g, " ").slice(0, 300);
}

function filesOf({ root, folders }: ProgramSources): { name: string; path: string }[] {
  return folders.flatMap((folder) => {
    const path = join(fileURLToPath(root), folder);
    return readdirSync(path)
      .sort()
      .map((name) => ({ name, path: join(path, name) }));
  });
}

function digestOf(program: ProgramSources): string {
  const hash = createHash("sha256");
  for (const { name, path } of filesOf(program))
    hash.update(`${name}\0`).update(readFileSync(path)).update("\0");
  return hash.digest("hex").slice(0, 16);
}
