import { execFile, spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const PLUGIN_FOLDER = fileURLToPath(new URL(".", import.meta.url));
const REQUIREMENTS = ["moto[kms]", "pytest", "pytest-timeout", "freezegun", "cryptography"];
/** Those that talk to the API; the others test moto's insides. */
const FILES = ["test_kms", "test_kms_encrypt", "test_kms_grants", "test_kms_key_rotation", "test_kms_mac"];

/** Where the tests send what AWS refuses to take, they get what it takes; the outcome they check stays theirs. */
const ADAPTATIONS: readonly (readonly [RegExp, string])[] = [
  // AWS takes no text that is not a policy.
  [/"((?:my|new|My|some) (?:awesome key )?[pP]olicy|policy 2\.0)"/g, 'key_policy("$1")'],
  // The operations of a grant as AWS spells them.
  [/"DECRYPT"/g, '"Decrypt"'],
  [/"ENCRYPT"/g, '"Encrypt"'],
  [/f?"(arn:aws:kms:[a-z0-9-]+:)123456789012:([^"]*)"/g, 'f"$1{ACCOUNT_ID}:$2"'],
  [/== "123456789012"/g, "== ACCOUNT_ID"],
  [/^from tests import aws_verified$/gm, "from moto import mock_aws as aws_verified"],
];

export interface MotoResult {
  readonly name: string;
  readonly outcome: string;
  readonly message: string;
}

export interface MotoRun {
  readonly checkout: string;
  readonly scratch: string;
  readonly accounts: readonly object[];
  readonly environment: Readonly<Record<string, string>>;
}

/** The checkout that MOTO_DIR names; null when it is not set. */
export function findMoto(): string | null {
  const folder = process.env["MOTO_DIR"];
  if (folder === undefined || folder === "") return null;
  if (!existsSync(join(folder, "tests", "test_kms", "test_kms.py")))
    throw new Error(`MOTO_DIR=${folder} is no checkout of https://github.com/getmoto/moto`);
  return folder;
}

/** A Python that can run the tests: MOTO_VENV, else one in the user's cache folder, made when it is missing. */
async function preparePython(): Promise<string> {
  const venv = process.env["MOTO_VENV"] ?? join(homedir(), ".cache", "strongroom", "moto-venv");
  const python = join(venv, "bin", "python");
  if (existsSync(python)) return python;
  process.stdout.write("making a Python environment for the suite\n");
  await run("python3", ["-m", "venv", venv]);
  await run(python, ["-m", "pip", "install", "--quiet", ...REQUIREMENTS]);
  return python;
}

/** Runs the tests, adapted, and gives the outcome of each. */
export async function runMoto(input: MotoRun): Promise<readonly MotoResult[]> {
  const python = await preparePython();
  const folder = join(input.scratch, "moto-tests");
  mkdirSync(folder);
  cpSync(join(input.checkout, "tests", "test_kms"), join(folder, "test_kms"), { recursive: true });
  for (const file of FILES) adapt(join(folder, "test_kms", `${file}.py`));
  const report = join(input.scratch, "moto.jsonl");
  writeFileSync(report, "");
  const flags = [
    "-q",
    "--no-header",
    "--tb=no",
    "-p",
    "server_plugin",
    "-p",
    "no:cacheprovider",
    "--timeout=120",
  ];
  const files = FILES.map((file) => join("test_kms", `${file}.py`));
  const child = spawn(python, ["-m", "pytest", ...flags, ...files], {
    cwd: folder,
    stdio: ["ignore", "ignore", "inherit"],
    env: {
      ...process.env,
      ...input.environment,
      PYTHONPATH: PLUGIN_FOLDER,
      PYTHONDONTWRITEBYTECODE: "1",
      STRONGROOM_ACCOUNTS: JSON.stringify(input.accounts),
      STRONGROOM_REPORT: report,
    },
  });
  await new Promise((resolve, reject) => child.once("error", reject).once("exit", resolve));
  return readFileSync(report, "utf8").split("\n").filter(Boolean).map(parseResult);
}

function adapt(path: string): void {
  let text = readFileSync(path, "utf8");
  for (const [pattern, replacement] of ADAPTATIONS) text = text.replace(pattern, replacement);
  writeFileSync(path, text);
}

function parseResult(line: string): MotoResult {
  const parsed: unknown = JSON.parse(line);
  const field = (name: string): string =>
    parsed !== null && typeof parsed === "object" ? String(Reflect.get(parsed, name)) : "";
  return { name: field("name"), outcome: field("outcome"), message: field("message") };
}
