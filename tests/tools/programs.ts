import { join } from "node:path";
import {
  type BuiltProgram,
  buildProgram,
  cacheFolder,
  compileStep,
  fetchStep,
  type ProgramCommand,
  type ProgramSources,
  sourcesIn,
} from "../harness/program-cache.ts";

const ROOT = new URL("./drivers/", import.meta.url);
/** A Rust SDK is hundreds of crates. */
const BUILD_TIMEOUT_MS = 30 * 60_000;

/** One at a time: two tools share an environment, and compilers use every processor as it is. */
let lastBuild: Promise<unknown> = Promise.resolve();

export function buildDriver(name: string, program: ProgramSources): Promise<BuiltProgram> {
  const build = lastBuild.then(() => buildProgram("tools", name, program, BUILD_TIMEOUT_MS));
  lastBuild = build.catch(() => undefined);
  return build;
}

/** A virtual environment with what the folder's requirements.txt names; `start` gets the path of its interpreter. */
export function pythonProgram(folder: string, start: (folder: string) => readonly string[]): ProgramSources {
  return {
    root: ROOT,
    folders: [folder],
    tools: [["python3", "-m", "venv", "--help"]],
    steps: (built) => [
      compileStep("python3", "-m", "venv", join(built, "venv")),
      fetchStep(
        join(built, "venv", "bin", "pip"),
        "install",
        "--quiet",
        "-r",
        join(built, "requirements.txt"),
      ),
    ],
    // Its scripts name the interpreter where they were built, which is not where they are kept.
    start: (built) => ({ file: join(built, "venv", "bin", "python"), parameters: start(built) }),
  };
}

export const MINIO_JAVASCRIPT: ProgramSources = {
  root: ROOT,
  folders: ["minio-javascript"],
  tools: [["npm", "--version"]],
  steps: (built) => [
    fetchStep("npm", "install", "--prefix", built, "--silent", "--ignore-scripts", "--no-audit"),
  ],
  start: (built) => ({ file: process.execPath, parameters: [join(built, "minio-driver.mjs")] }),
};

export const JAVA: ProgramSources = {
  root: ROOT,
  folders: ["java"],
  tools: [
    ["javac", "-version"],
    ["mvn", "--version"],
  ],
  steps: (built) => [
    fetchStep(
      "mvn",
      ...["-q", "-B", "-f", join(built, "pom.xml"), "dependency:copy-dependencies"],
      ...["-DincludeScope=runtime", `-DoutputDirectory=${join(built, "lib")}`],
    ),
    compileStep(
      "javac",
      ...["-d", join(built, "classes"), "-cp", join(built, "lib", "*")],
      ...sourcesIn(built, ".java"),
    ),
  ],
  start: (built) => ({
    file: "java",
    parameters: ["-XX:+UseSerialGC", "-cp", `${join(built, "classes")}:${join(built, "lib", "*")}`, "Driver"],
  }),
};

export const GO: ProgramSources = {
  root: ROOT,
  folders: ["go"],
  tools: [["go", "version"]],
  steps: (built) => [
    fetchStep("go", "-C", built, "mod", "download"),
    compileStep("go", "-C", built, "build", "-mod=readonly", "-o", "driver", "."),
  ],
  start: (built) => ({ file: join(built, "driver"), parameters: [] }),
};

export const S5CMD: ProgramSources = {
  root: ROOT,
  folders: ["s5cmd"],
  tools: [["go", "version"]],
  steps: (built) => [
    fetchStep("go", "-C", built, "mod", "download"),
    compileStep("go", "-C", built, "build", "-mod=readonly", "-o", "s5cmd", "github.com/peak/s5cmd/v2"),
  ],
  start: (built) => ({ file: join(built, "s5cmd"), parameters: [] }),
};

export function rustProgram(folder: string): ProgramSources {
  return {
    root: ROOT,
    folders: [folder],
    tools: [["cargo", "--version"]],
    steps: (built) => {
      const manifest = ["--locked", "--manifest-path", join(built, "Cargo.toml")];
      const build = compileStep(
        "cargo",
        "install",
        "--debug",
        "--locked",
        "--quiet",
        "--path",
        built,
        "--root",
        built,
      );
      // What one driver compiled serves the next, and the next version of the same.
      const target = { CARGO_TARGET_DIR: join(cacheFolder("tools"), "rust-target"), CARGO_INCREMENTAL: "0" };
      return [fetchStep("cargo", "fetch", "--quiet", ...manifest), { ...build, environment: target }];
    },
    start: (built) => ({ file: join(built, "bin", "driver"), parameters: [] }),
  };
}

/** The command or the reason, told apart. */
export const isBuilt = (program: BuiltProgram): program is ProgramCommand => "file" in program;
