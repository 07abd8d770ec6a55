import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type ClientWorkbench, runClient } from "../clients/client-workbench.ts";

/** A key from its making to its disabling with the AWS CLI, with files as people use them. */
export async function useAwsCli(bench: ClientWorkbench): Promise<void> {
  const aws = async (...parameters: string[]): Promise<string> => {
    const printed = await runClient(bench, "aws", ["kms", ...parameters, "--output", "text"]);
    bench.tally.add("AWS CLI commands");
    return printed.trim();
  };
  const plain = join(bench.home, "plain.txt");
  writeFileSync(plain, "meant for nobody else\n");
  const keyId = await aws("create-key", "--description", "of the CLI", "--query", "KeyMetadata.KeyId");
  await aws("create-alias", "--alias-name", "alias/cli", "--target-key-id", keyId);
  const context = ["--encryption-context", "purpose=test,number=1"];
  const query = ["--query", "CiphertextBlob"];
  const sealed = await aws(
    "encrypt",
    "--key-id",
    "alias/cli",
    "--plaintext",
    `fileb://${plain}`,
    ...context,
    ...query,
  );
  const blob = join(bench.home, "sealed");
  writeFileSync(blob, Buffer.from(sealed, "base64"));
  const open = (...more: string[]): Promise<string> =>
    aws("decrypt", "--ciphertext-blob", `fileb://${blob}`, "--query", "Plaintext", ...more);
  assert.deepEqual(Buffer.from(await open(...context), "base64"), readFileSync(plain));
  await assert.rejects(open(), /InvalidCiphertextException/);
  await aws("enable-key-rotation", "--key-id", keyId, "--rotation-period-in-days", "180");
  assert.equal(
    await aws("get-key-rotation-status", "--key-id", keyId, "--query", "RotationPeriodInDays"),
    "180",
  );
  await aws("rotate-key-on-demand", "--key-id", keyId);
  assert.deepEqual(Buffer.from(await open(...context), "base64"), readFileSync(plain));
  await aws("disable-key", "--key-id", keyId);
  await assert.rejects(open(...context), new RegExp(`DisabledException.*key/${keyId} is disabled\\.`, "s"));
  const pending = await aws("schedule-key-deletion", "--key-id", keyId, "--query", "KeyState");
  assert.equal(pending, "PendingDeletion");
  await assert.rejects(open(...context), /KMSInvalidStateException.*is pending deletion\./s);
  await assert.rejects(
    aws(
      "create-custom-key-store",
      "--custom-key-store-name",
      "x",
      "--custom-key-store-type",
      "EXTERNAL_KEY_STORE",
    ),
    /UnsupportedOperationException.*External key stores/s,
  );
}
