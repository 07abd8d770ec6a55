import { createReadStream } from "node:fs";
import { writeFile } from "node:fs/promises";
import { Readable } from "node:stream";
import {
  encryptObjectStream,
  type Keyring,
  S3EncryptionClient,
  Upload,
} from "@strongroom/s3-encryption-client";
import { quoteForShell } from "@strongroom/server";
import type { Command } from "commander";
import { Option } from "commander";
import { openS3 } from "../encryption/aws-clients.ts";
import { toCommandError } from "../encryption/encryption-command-error.ts";
import {
  addKeyOptions,
  type KeyOptions,
  openWritingKeyring,
  readKeyOptions,
} from "../encryption/key-options.ts";
import { type Location, parseLocation } from "../encryption/locations.ts";
import { writeFileAtomically } from "../encryption/plaintext-output.ts";
import { withProgress } from "../encryption/progress.ts";
import { METADATA_SUFFIX } from "../encryption/stored-object.ts";

type Options = Readonly<Record<string, unknown>>;

interface WritingPlan {
  readonly body: AsyncIterable<Uint8Array>;
  readonly keyring: Keyring;
  /** Empty for raw keys, whose pairs describe the key instead. */
  readonly encryptionContext: Readonly<Record<string, string>>;
  readonly formatVersion: 2 | 3;
  readonly isInstructionFile: boolean;
}

/** `strongroom encrypt`: writes what every S3 encryption client of its format can read. */
export function addEncrypt(program: Command): void {
  const command = program
    .command("encrypt")
    .argument("<SOURCE>", "a file, or - for standard input")
    .argument("<TARGET>", "s3://BUCKET/KEY, or a file")
    .description("encrypt a file on this side, so that the store never sees it")
    .addOption(
      new Option("--format <N>", "3 (key commitment), or 2 for readers that know no 3")
        .choices(["2", "3"])
        .default("3"),
    )
    .option("--instruction-file", "keep the keys beside the object instead of in its metadata")
    .option("--json", "say what was written as an object, on standard output")
    .option("--progress", "tell how far it is, also when standard error is no terminal");
  addKeyOptions(command).action(async (source: string, target: string, options: Options) => {
    try {
      const keyOptions = readKeyOptions(options);
      const plan = await planOf(source, keyOptions, options);
      const location = parseLocation(target);
      await (location.kind === "s3" ? putObject(location, plan) : writeFiles(location.path, plan));
      report(target, keyOptions, plan, options);
    } catch (error) {
      throw toCommandError(error);
    }
  });
}

async function planOf(source: string, keyOptions: KeyOptions, options: Options): Promise<WritingPlan> {
  const keyring = await openWritingKeyring(keyOptions);
  const input = source === "-" ? process.stdin : createReadStream(source);
  return {
    body: withProgress(input, null, options["progress"] === true ? true : null),
    keyring,
    encryptionContext: keyOptions.kmsKeyId === null ? {} : keyOptions.context,
    formatVersion: options["format"] === "2" ? 2 : 3,
    isInstructionFile: options["instructionFile"] === true,
  };
}

function writingRules({ keyring, formatVersion }: WritingPlan) {
  return formatVersion === 3
    ? { keyring }
    : ({
        keyring,
        commitmentPolicy: "FORBID_ENCRYPT_ALLOW_DECRYPT",
        encryptionAlgorithm: "ALG_AES_256_GCM_IV12_TAG16_NO_KDF",
      } as const);
}

async function putObject(
  { bucket: Bucket, key: Key }: Location & { kind: "s3" },
  plan: WritingPlan,
): Promise<void> {
  const s3 = openS3();
  const client = new S3EncryptionClient({
    client: s3,
    ...writingRules(plan),
    instructionFiles: { write: plan.isInstructionFile },
  });
  const { encryptionContext } = plan;
  const params = { Bucket, Key, Body: Readable.from(plan.body) };
  await new Upload({ client, params, encryptionContext }).done();
  s3.destroy();
}

/** The keys go beside the ciphertext before it does: there is no moment at which it could not be read. */
async function writeFiles(path: string, plan: WritingPlan): Promise<void> {
  const encrypted = await encryptObjectStream(plan.body, {
    ...writingRules(plan),
    encryptionContext: plan.encryptionContext,
    instructionFile: plan.isInstructionFile,
  });
  await writeFile(`${path}${METADATA_SUFFIX}`, `${JSON.stringify(encrypted.metadata, null, 2)}\n`);
  if (encrypted.instructionFile !== null) await writeFile(`${path}.instruction`, encrypted.instructionFile);
  await writeFileAtomically(path, encrypted.body);
}

function report(target: string, { kmsKeyId }: KeyOptions, plan: WritingPlan, options: Options): void {
  const keysIn = plan.isInstructionFile ? "instruction-file" : "metadata";
  if (options["json"] === true) {
    const { formatVersion } = plan;
    process.stdout.write(`${JSON.stringify({ target, formatVersion, keysIn, kmsKeyId }, null, 2)}\n`);
    return;
  }
  const pairs = Object.entries(plan.encryptionContext).map(([name, value]) =>
    quoteForShell(`${name}=${value}`),
  );
  const reader =
    kmsKeyId === null
      ? "--key FILE"
      : [`--kms-key-id ${kmsKeyId}`, ...pairs.map((pair) => `--context ${pair}`)].join(" ");
  process.stderr.write(`encrypted, format ${plan.formatVersion}, keys in the ${keysIn}; read it with:\n`);
  process.stderr.write(`  strongroom decrypt ${target} ${reader}\n`);
}
