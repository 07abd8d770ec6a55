import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ProgramCommand } from "../harness/program-cache.ts";
import { missingTool, runTool } from "../harness/tool-lookup.ts";
import { awsCli } from "./command-tools/aws-cli.ts";
import { barmanCloud } from "./command-tools/barman.ts";
import { duplicity } from "./command-tools/duplicity.ts";
import { rclone } from "./command-tools/rclone.ts";
import { restic } from "./command-tools/restic.ts";
import { versionOf } from "./command-tools/run-command.ts";
import { s3cmd } from "./command-tools/s3cmd.ts";
import { openS3fs } from "./command-tools/s3fs.ts";
import { s5cmd } from "./command-tools/s5cmd.ts";
import { openDriver, openDriverWith, type Variables } from "./driven-tool.ts";
import {
  buildDriver,
  GO,
  isBuilt,
  JAVA,
  MINIO_JAVASCRIPT,
  pythonProgram,
  rustProgram,
  S5CMD,
} from "./programs.ts";
import type { ReadyTool, Scheme, Step, Tool } from "./tool.ts";

type Opened = ReadyTool | { readonly missing: string };

const hasAll = (): null => null;
const asksNothing = (scheme: Scheme): boolean => scheme === "default" || scheme === "bucket-kms";

/** A tool that can ask for some schemes alone and has some steps alone. */
const withLimits =
  (schemes: Partial<Record<Scheme, string>>, steps: Partial<Record<Step, string>> = {}) =>
  (scheme: Scheme, step: Step): string | null =>
    schemes[scheme] ?? steps[step] ?? null;

const NO_SSE_C = { "sse-c": "cannot ask for SSE-C" } as const;
const NO_RANGE = { range: "has no ranged read" } as const;
const BACKUPS_ONLY = { head: "shows backups, not objects", copy: "copies nothing on the server" } as const;

/** The tool that `command` is when it runs; `ready` gets its version. */
const commandTool =
  (command: readonly [string, ...string[]], ready: (version: string) => ReadyTool) =>
  async (): Promise<Opened> => {
    const found = await versionOf(...command);
    return "missing" in found ? found : ready(found.version);
  };

const PYTHON = pythonProgram("python", (built) => [join(built, "boto3-driver.py")]);
const AWS_CLI_1 = pythonProgram("python", (built) => [join(built, "venv", "bin", "aws")]);
const MINIO_PYTHON = pythonProgram("minio-python", (built) => [join(built, "minio-driver.py")]);
const driverFile = (path: string): string => fileURLToPath(new URL(`./drivers/${path}`, import.meta.url));

const nodeAuthority = (caFile: string): Variables => ({ NODE_EXTRA_CA_CERTS: caFile });
const opensslAuthority = (caFile: string): Variables => ({ SSL_CERT_FILE: caFile });
const bundleAuthority = (caFile: string): Variables => ({ AWS_CA_BUNDLE: caFile });

const builtDriver =
  (name: string, program: Parameters<typeof buildDriver>[1], variables: (caFile: string) => Variables) =>
  async (): Promise<Opened> => {
    const built = await buildDriver(name, program);
    return isBuilt(built) ? openDriverWith(built, variables) : built;
  };

async function openAwsCli1(): Promise<Opened> {
  const built = await buildDriver("python", AWS_CLI_1);
  if (!isBuilt(built)) return built;
  const found = await versionOf(built.file, ...built.parameters, "--version");
  return "missing" in found ? found : awsCli(built, found.version);
}

/** Debian's own, past any other of the same name on PATH. */
async function openDebianBoto3(): Promise<Opened> {
  const missing = missingTool("/usr/bin/python3", "-c", "import boto3");
  if (missing !== false) return { missing: "/usr/bin/python3 has no boto3 (Debian's python3-boto3)" };
  const command = { file: "/usr/bin/python3", parameters: [driverFile("python/boto3-driver.py")] };
  return openDriverWith(command, bundleAuthority);
}

const openJavascript = (): Promise<Opened> =>
  openDriverWith(
    { file: process.execPath, parameters: [driverFile("javascript/aws-sdk-driver.ts")] },
    nodeAuthority,
  );

async function openJava(): Promise<Opened> {
  const built = await buildDriver("java", JAVA);
  if (!isBuilt(built)) return built;
  return openDriver(built, async (caFile, folder) => {
    const parameters = [...(await makeTrustStore(caFile, folder)), ...built.parameters];
    return { file: built.file, parameters, variables: {} };
  });
}

/** The properties that make Java trust the authority. */
async function makeTrustStore(caFile: string, folder: string): Promise<readonly string[]> {
  const store = join(folder, "trust.p12");
  const password = "changeit";
  const target = ["-keystore", store, "-storetype", "PKCS12", "-storepass", password];
  await runTool("keytool", ["-importcert", "-noprompt", "-alias", "ca", "-file", caFile, ...target], {
    environment: {},
    home: folder,
  });
  const property = "-Djavax.net.ssl.trustStore";
  return [`${property}=${store}`, `${property}Type=PKCS12`, `${property}Password=${password}`];
}

async function openS5cmd(): Promise<Opened> {
  const built = await buildDriver("s5cmd", S5CMD);
  if (!isBuilt(built)) return built;
  // A build from the module alone does not know its own version: Go does.
  const { stdout } = await runTool("go", ["version", "-m", built.file], {
    environment: {},
    home: tmpdir(),
  });
  return s5cmd(built, /s5cmd\/v2\s+v([\d.]+)/.exec(stdout)?.[1] ?? "unknown");
}

const PARTS_BY_HAND =
  "adds a CRC32 to parts without being asked: as on AWS, they are found at the end only where CreateMultipartUpload named that algorithm";

const NO_MINIO_CUSTOMER_STEPS = {
  head: "its HEAD has no place for the key of SSE-C",
  parts: "does not send the key of SSE-C with parts",
} as const;

const cli = (file: string): ProgramCommand => ({ file, parameters: [] });

/** In the order of the table. */
export const TOOLS: readonly Tool[] = [
  {
    name: "aws-cli-1",
    title: "AWS CLI 1",
    authority: "AWS_CA_BUNDLE",
    isQuick: true,
    lacks: hasAll,
    open: openAwsCli1,
  },
  {
    name: "aws-cli-2",
    title: "AWS CLI 2, Debian's",
    authority: "AWS_CA_BUNDLE",
    isQuick: true,
    lacks: hasAll,
    open: commandTool(["/usr/bin/aws", "--version"], (version) => awsCli(cli("/usr/bin/aws"), version)),
  },
  {
    name: "boto3",
    title: "boto3",
    authority: "AWS_CA_BUNDLE",
    isQuick: true,
    lacks: hasAll,
    open: builtDriver("python", PYTHON, bundleAuthority),
  },
  {
    name: "boto3-debian",
    title: "boto3, Debian's",
    authority: "AWS_CA_BUNDLE",
    isQuick: true,
    lacks: hasAll,
    open: openDebianBoto3,
  },
  {
    name: "javascript",
    title: "AWS SDK for JavaScript v3",
    authority: "NODE_EXTRA_CA_CERTS",
    isQuick: true,
    lacks: hasAll,
    open: openJavascript,
  },
  {
    name: "java",
    title: "AWS SDK for Java v2",
    authority: "-Djavax.net.ssl.trustStore",
    remark: PARTS_BY_HAND,
    isQuick: false,
    lacks: hasAll,
    open: openJava,
  },
  {
    name: "go",
    title: "AWS SDK for Go v2",
    authority: "AWS_CA_BUNDLE",
    remark: PARTS_BY_HAND,
    isQuick: false,
    lacks: hasAll,
    open: builtDriver("go", GO, bundleAuthority),
  },
  {
    name: "rust",
    title: "AWS SDK for Rust",
    authority: "SSL_CERT_FILE",
    remark: PARTS_BY_HAND,
    isQuick: false,
    lacks: hasAll,
    open: builtDriver("rust", rustProgram("rust"), opensslAuthority),
  },
  {
    name: "rust-object-store",
    title: "object_store for Rust",
    authority: "with_root_certificate",
    isQuick: false,
    lacks: hasAll,
    open: builtDriver("rust-object-store", rustProgram("rust-object-store"), bundleAuthority),
  },
  {
    name: "minio-javascript",
    title: "MinIO's client for JavaScript",
    authority: "NODE_EXTRA_CA_CERTS",
    remarks: { "sse-c": "puts the key into the query of a GET as well, where others may log it" },
    isQuick: true,
    lacks: (scheme, step) =>
      scheme === "sse-c" && (step === "head" || step === "parts") ? NO_MINIO_CUSTOMER_STEPS[step] : null,
    open: builtDriver("minio-javascript", MINIO_JAVASCRIPT, nodeAuthority),
  },
  {
    name: "minio-python",
    title: "MinIO's client for Python",
    authority: "SSL_CERT_FILE",
    isQuick: true,
    lacks: hasAll,
    open: builtDriver("minio-python", MINIO_PYTHON, opensslAuthority),
  },
  {
    name: "rclone",
    title: "rclone, Debian's",
    authority: "--ca-cert",
    remark:
      "sends an ACL with every object: needs `--s3-acl bucket-owner-full-control` where a bucket has none; does not start while AWS_CA_BUNDLE is set",
    isQuick: true,
    lacks: hasAll,
    remarks: {
      "bucket-kms":
        "takes ETags for MD5 unless it asks for SSE-KMS itself: needs `--ignore-checksum` where the bucket asks for it",
    },
    open: commandTool(["rclone", "version"], rclone),
  },
  {
    name: "s3cmd",
    title: "s3cmd, Debian's",
    authority: "ca_certs_file",
    isQuick: true,
    lacks: withLimits(NO_SSE_C),
    open: commandTool(["s3cmd", "--version"], s3cmd),
  },
  {
    name: "s5cmd",
    title: "s5cmd",
    authority: "AWS_CA_BUNDLE",
    isQuick: false,
    lacks: withLimits(NO_SSE_C, { range: "reads ranges only to download in parts, which `parts` has" }),
    open: openS5cmd,
  },
  {
    name: "restic",
    title: "restic, Debian's",
    authority: "--cacert",
    isQuick: true,
    lacks: (scheme, step) =>
      asksNothing(scheme)
        ? withLimits({}, { ...BACKUPS_ONLY, parts: "its packs are too small for parts" })(scheme, step)
        : "cannot ask for encryption by the server",
    open: commandTool(["restic", "version"], restic),
  },
  {
    name: "s3fs",
    title: "s3fs, Debian's",
    authority: "CURL_CA_BUNDLE",
    remark: "takes the authority at its second try alone: needs `retries` above 1",
    isQuick: true,
    lacks: (scheme, step) =>
      step === "parts" && !asksNothing(scheme)
        ? "begins uploads in parts without asking for encryption: the bucket's default holds for large files"
        : null,
    open: openS3fs,
  },
  {
    name: "duplicity",
    title: "duplicity, Debian's",
    authority: "AWS_CA_BUNDLE",
    isQuick: true,
    lacks: withLimits(NO_SSE_C, { ...BACKUPS_ONLY, ...NO_RANGE }),
    open: commandTool(["duplicity", "--version"], duplicity),
  },
  {
    name: "barman-cloud",
    title: "barman-cloud, Debian's",
    authority: "AWS_CA_BUNDLE",
    isQuick: true,
    lacks: withLimits(NO_SSE_C, { ...BACKUPS_ONLY, ...NO_RANGE }),
    namesNoKmsKey: true,
    remarks: { "sse-kms": "asks for SSE-KMS under the key that AWS manages: it cannot name another" },
    open: commandTool(["barman-cloud-wal-archive", "--version"], barmanCloud),
  },
];
