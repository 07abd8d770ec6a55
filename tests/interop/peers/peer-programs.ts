import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { missingTool, runTool } from "../../harness/tool-lookup.ts";

export type PeerName = "python" | "java-v1" | "java-v3" | "java-v4" | "go-v3" | "go-v4";

/** A program that is ready to be started, or why it cannot be had here. */
export type BuiltPeer = PeerCommand | { readonly missing: string };

export interface PeerCommand {
  readonly file: string;
  readonly parameters: readonly string[];
}

interface BuildStep {
  readonly command: string;
  readonly parameters: readonly string[];
  /** Talks to a registry: its failure is the machine's, and the peer is skipped. */
  readonly fetches: boolean;
}

export interface PeerProgram {
  /** The client and the version that the peer pins, as a report names them. */
  readonly title: string;
  readonly folders: readonly string[];
  readonly tools: readonly (readonly string[])[];
  steps(folder: string): readonly BuildStep[];
  start(folder: string): PeerCommand;
}

const SOURCES = fileURLToPath(new URL(".", import.meta.url));
const BUILD_TIMEOUT_MS = 180_000;

const fetchStep = (command: string, ...parameters: string[]): BuildStep => ({
  command,
  parameters,
  fetches: true,
});
const compileStep = (command: string, ...parameters: string[]): BuildStep => ({
  command,
  parameters,
  fetches: false,
});

function java(title: string, folders: readonly string[]): PeerProgram {
  return {
    title,
    folders,
    tools: [
      ["javac", "-version"],
      ["mvn", "--version"],
    ],
    steps: (folder) => [
      fetchStep(
        "mvn",
        ...["-q", "-B", "-f", join(folder, "pom.xml"), "dependency:copy-dependencies"],
        ...["-DincludeScope=runtime", `-DoutputDirectory=${join(folder, "lib")}`],
      ),
      compileStep(
        "javac",
        ...["-nowarn", "-d", join(folder, "classes"), "-cp", join(folder, "lib", "*")],
        ...sourcesIn(folder, ".java"),
      ),
    ],
    start: (folder) => ({
      file: "java",
      parameters: [
        "-XX:+UseSerialGC",
        "-Xshare:auto",
        "-cp",
        `${join(folder, "classes")}:${join(folder, "lib", "*")}`,
        "Peer",
      ],
    }),
  };
}

function go(title: string, folders: readonly string[]): PeerProgram {
  return {
    title,
    folders,
    tools: [["go", "version"]],
    steps: (folder) => [
      fetchStep("go", "-C", folder, "mod", "download"),
      compileStep("go", "-C", folder, "build", "-mod=readonly", "-o", "peer", "."),
    ],
    start: (folder) => ({ file: join(folder, "peer"), parameters: [] }),
  };
}

function python(title: string, folders: readonly string[]): PeerProgram {
  return {
    title,
    folders,
    tools: [["python3", "-m", "venv", "--help"]],
    steps: (folder) => [
      compileStep("python3", "-m", "venv", join(folder, "venv")),
      fetchStep(
        join(folder, "venv", "bin", "pip"),
        ...["install", "--quiet", "-r", join(folder, "requirements.txt")],
      ),
    ],
    start: (folder) => ({
      file: join(folder, "venv", "bin", "python"),
      parameters: [join(folder, "peer.py")],
    }),
  };
}

export const PEER_PROGRAMS: Readonly<Record<PeerName, PeerProgram>> = {
  python: python("Python 4.0.0", ["python"]),
  "java-v1": java("Java SDK 1.12", ["java", "java-v1"]),
  "java-v3": java("Java 3.5.0", ["java", "java-sdk2", "java-v3"]),
  "java-v4": java("Java 4.0.1", ["java", "java-sdk2", "java-v4"]),
  "go-v3": go("Go 3.2.0", ["go", "go-v3"]),
  "go-v4": go("Go 4.0.0", ["go", "go-v4"]),
};

export const PEER_NAMES = Object.keys(PEER_PROGRAMS) as readonly PeerName[];

/** The AWS Encryption SDK for Python: another format than the S3 clients', through the same KMS. */
export const ENCRYPTION_SDK = python("AWS Encryption SDK for Python 4.0.7", ["encryption-sdk-python"]);

export const buildPeer = (name: PeerName): Promise<BuiltPeer> => buildProgram(name, PEER_PROGRAMS[name]);

/** Builds the program unless the cache has it. Throws when its own sources do not compile: that is this repository's fault. */
export async function buildProgram(name: string, program: PeerProgram): Promise<BuiltPeer> {
  const cache = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "strongroom", "interop");
  for (const [tool = "", ...parameters] of program.tools) {
    const reason = missingTool(tool, ...parameters);
    if (reason !== false) return { missing: reason };
  }
  const folder = join(cache, `${name}-${digestOf(program.folders)}`);
  if (existsSync(folder)) return program.start(folder);
  // Suites that run at once may build the same peer: each in a folder of its own, and the first to end is kept.
  const building = `${folder}.${process.pid}`;
  mkdirSync(building, { recursive: true });
  try {
    const missing = await runSteps(program, building);
    if (missing !== null) return { missing };
    if (!existsSync(folder)) renameSync(building, folder);
    return program.start(folder);
  } finally {
    rmSync(building, { recursive: true, force: true });
  }
}

/** Null when it is built; else why the machine cannot. */
async function runSteps(program: PeerProgram, folder: string): Promise<string | null> {
  for (const source of filesOf(program.folders)) copyFileSync(source.path, join(folder, source.name));
  for (const step of program.steps(folder)) {
    try {
      await runTool(step.command, step.parameters, {
        environment: environmentOfBuild(),
        home: homedir(),
        timeoutMs: BUILD_TIMEOUT_MS,
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
    /^(PIP_|GO|JAVA_HOME|MAVEN_|M2_|SSL_|XDG_)/.test(name),
  );
  return Object.fromEntries(kept.map(([name, value]) => [name, value ?? ""]));
}

function firstLines(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/\s+/g, " ").slice(0, 300);
}

function filesOf(folders: readonly string[]): { name: string; path: string }[] {
  return folders.flatMap((folder) =>
    readdirSync(join(SOURCES, folder))
      .sort()
      .map((name) => ({ name, path: join(SOURCES, folder, name) })),
  );
}

const sourcesIn = (folder: string, ending: string): string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith(ending))
    .map((name) => join(folder, name));

function digestOf(folders: readonly string[]): string {
  const hash = createHash("sha256");
  for (const { name, path } of filesOf(folders))
    hash.update(`${name}\0`).update(readFileSync(path)).update("\0");
  return hash.digest("hex").slice(0, 16);
}
