import { type DecryptedObject, decryptObject, describeEncryption } from "@strongroom/s3-encryption-client";
import type { Command } from "commander";
import { openS3 } from "../encryption/aws-clients.ts";
import { EncryptionCommandError, toCommandError } from "../encryption/encryption-command-error.ts";
import {
  describe,
  type EncryptionDescription,
  printDescription,
} from "../encryption/encryption-description.ts";
import { addKeyOptions, openReadingKeyring, readKeyOptions, textOption } from "../encryption/key-options.ts";
import { parseLocation } from "../encryption/locations.ts";
import { writeFileAtomically, writeToStandardOutput } from "../encryption/plaintext-output.ts";
import { withProgress } from "../encryption/progress.ts";
import { findStoredObject, METADATA_SUFFIX, type StoredObject } from "../encryption/stored-object.ts";

type Options = Readonly<Record<string, unknown>>;

/** `strongroom decrypt`: opens what any S3 encryption client wrote, and says what it is and which key it needs. */
export function addDecrypt(program: Command): void {
  const command = program
    .command("decrypt")
    .argument("<SOURCE>", "s3://BUCKET/KEY, or a file of ciphertext")
    .description("decrypt an object of any S3 encryption client, or say what it is")
    .option("--out <FILE>", "write here, once all is verified (default: standard output)")
    .option("--describe", "only say which format, algorithm and key; needs no key")
    .option(
      "--json",
      "say it as an object: on standard output with --describe or --out, else on standard error",
    )
    .option("--legacy", "also open what old clients wrote: AES-CBC, old key wrappings")
    .option("--require-commitment", "open format 3 only")
    .option("--metadata <FILE>", `a file's user metadata as JSON (default: FILE${METADATA_SUFFIX})`)
    .option("--instruction-file <FILE>", "the instruction file, when it is not beside the object")
    .option("--instruction-suffix <SUFFIX>", "its name after the object's", ".instruction")
    .option("--progress", "tell how far it is, also when standard error is no terminal");
  addKeyOptions(command).action(async (source: string, options: Options) => {
    let described: EncryptionDescription | null = null;
    try {
      const object = await findStoredObject(
        parseLocation(source),
        {
          instructionSuffix: textOption(options, "instructionSuffix") ?? ".instruction",
          instructionPath: textOption(options, "instructionFile"),
          metadataPath: textOption(options, "metadata"),
        },
        openS3,
      );
      described = describeStored(source, object);
      if (options["describe"] === true) {
        print(source, described, null, options);
        return;
      }
      await decrypt(source, object, described, options);
    } catch (error) {
      throw toCommandError(error, described?.storedContext ?? null);
    }
  });
}

function describeStored(
  source: string,
  { metadata, instructionFile, contentLength }: StoredObject,
): EncryptionDescription {
  const facts = describeEncryption(metadata, instructionFile ?? undefined);
  if (facts === null)
    throw new EncryptionCommandError(
      "NotEncrypted",
      "invalid",
      `${source} has no keys of an encryption client`,
      {
        next: "a plain object can be read as it is; for a file give --metadata, for keys elsewhere --instruction-suffix",
      },
    );
  return describe(facts, contentLength);
}

async function decrypt(
  source: string,
  object: StoredObject,
  described: EncryptionDescription,
  options: Options,
): Promise<void> {
  const out = textOption(options, "out");
  if (options["json"] !== true) process.stderr.write(printDescription(source, described));
  const keyOptions = readKeyOptions(options);
  const isLegacyAllowed = options["legacy"] === true;
  const keyring = await openReadingKeyring(keyOptions, described.needs, isLegacyAllowed);
  const isProgressWanted = options["progress"] === true ? true : null;
  const usesContext = described.wrappingAlgorithm === "kms+context";
  const decrypted = await decryptObject(
    {
      metadata: object.metadata,
      contentLength: object.contentLength,
      ...(object.instructionFile === null ? {} : { instructionFile: object.instructionFile }),
      body: withProgress(await object.openBody(), object.contentLength, isProgressWanted),
    },
    {
      keyring,
      commitmentPolicy:
        options["requireCommitment"] === true
          ? "REQUIRE_ENCRYPT_REQUIRE_DECRYPT"
          : "REQUIRE_ENCRYPT_ALLOW_DECRYPT",
      enableLegacyUnauthenticatedModes: isLegacyAllowed,
      // A file appears only when all of it is verified, so its bytes may be written as they come.
      enableDelayedAuthentication: out !== null,
      enableMultipleRecipients: true,
      ...(usesContext ? { encryptionContext: keyOptions.context } : {}),
    },
  );
  const writtenBytes =
    out === null
      ? await writeToStandardOutput(decrypted.body)
      : await writeFileAtomically(out, decrypted.body);
  if (options["json"] === true)
    print(source, { ...described, plaintextBytes: writtenBytes }, decrypted, options);
  else process.stderr.write(`${verdict(decrypted)}\n`);
}

function verdict({ Encryption: { authentication } }: DecryptedObject): string {
  return authentication === "none"
    ? "decrypted; nothing vouches for these bytes (AES-CBC)"
    : "decrypted, and all of it verified";
}

function print(
  source: string,
  described: EncryptionDescription,
  decrypted: DecryptedObject | null,
  options: Options,
): void {
  const isData = decrypted !== null && textOption(options, "out") === null;
  if (options["json"] !== true) {
    process.stdout.write(printDescription(source, described));
    return;
  }
  const isVerified = decrypted === null ? null : decrypted.Encryption.authentication !== "none";
  const text = `${JSON.stringify({ source, ...described, isVerified }, null, 2)}\n`;
  (isData ? process.stderr : process.stdout).write(text);
}
