import { createPublicKey, type KeyObject } from "node:crypto";
import { readFileSync } from "node:fs";
import { isProofGood, parseProof, ServerError } from "@strongroom/server";
import type { Command } from "commander";
import { openFolder } from "../open-folder.ts";
import { addSettingOptions, FOLDER_SETTINGS, flagsOf } from "../setting-options.ts";
import { keysGroup } from "./keys-group.ts";

/** `strongroom keys verify-proof FILE`: exit code 1 when the proof is not this deployment's, to the letter. */
export function addKeysVerifyProof(program: Command): void {
  const command = keysGroup(program)
    .command("verify-proof")
    .argument("<FILE>", "the proof, as keys proof prints it")
    .description("verify a proof that nothing hangs on older SSE-S3 master keys; prints what it states")
    .option(
      "--public-key <PEM>",
      'with this key, as "strongroom audit public-key" prints it, instead of the data folder\'s: needs no folder',
    );
  addSettingOptions(command, FOLDER_SETTINGS).action(
    async (file: string, options: Record<string, unknown>) => {
      const proof = parseProof(readText(file));
      const { publicKey } = options;
      const verifying =
        typeof publicKey === "string" ? parsePublicKey(readText(publicKey)) : await verifyingKeyOf(options);
      if (!isProofGood({ verifying }, proof)) {
        throw new ServerError("Tampered", "integrity", `the signature of ${file} does not verify`);
      }
      process.stdout.write(`${proof.text}\n`);
    },
  );
}

async function verifyingKeyOf(options: Record<string, unknown>): Promise<KeyObject> {
  const { vault } = await openFolder(flagsOf(options));
  try {
    return vault.auditKeys.verifying;
  } finally {
    await vault.close();
  }
}

function parsePublicKey(pem: string): KeyObject {
  try {
    const key = createPublicKey(pem);
    if (key.asymmetricKeyType === "ed25519") return key;
  } catch {
    // Said below.
  }
  throw new ServerError("NoProof", "invalid", "this is no Ed25519 public key in PEM");
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
    throw new ServerError("NoProof", "invalid", `${path} cannot be read (${reason})`);
  }
}
