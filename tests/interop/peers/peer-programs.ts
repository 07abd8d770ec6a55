import { join } from "node:path";
import {
  type BuiltProgram,
  buildProgram,
  compileStep,
  fetchStep,
  type ProgramSources,
  sourcesIn,
} from "../../harness/program-cache.ts";

export type PeerName = "python" | "java-v1" | "java-v3" | "java-v4" | "go-v3" | "go-v4";

export interface PeerProgram extends ProgramSources {
  /** The client and the version that the peer pins, as a report names them. */
  readonly title: string;
}

const ROOT = new URL(".", import.meta.url);

function java(title: string, folders: readonly string[]): PeerProgram {
  return {
    title,
    root: ROOT,
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
    root: ROOT,
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
    root: ROOT,
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

export const buildPeer = (name: PeerName): Promise<BuiltProgram> =>
  buildPeerProgram(name, PEER_PROGRAMS[name]);

/** Builds the program unless the cache has it. Throws when its own sources do not compile. */
export const buildPeerProgram = (name: string, program: PeerProgram): Promise<BuiltProgram> =>
  buildProgram("interop", name, program);
