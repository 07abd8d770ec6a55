import type { Command } from "commander";
import { toCommandError } from "../encryption/encryption-command-error.ts";
import { importBucket } from "../import/import-bucket.ts";
import {
  addImportOptions,
  connectTarget,
  listOf,
  openSource,
  parseBucketRoute,
  readTargetEncryption,
  textOf,
} from "../import/import-options.ts";
import { ImportReport } from "../import/import-report.ts";
import { ImportState } from "../import/import-state.ts";
import { ImportTarget } from "../import/import-target.ts";
import { printJsonSummary, printSummary, showProgress } from "../import/print-report.ts";

type Options = Readonly<Record<string, unknown>>;

/** `strongroom import`: brings buckets of another store into this one. Ends with 1 when anything of it failed. */
export function addImport(program: Command): void {
  const command = program
    .command("import")
    .description("bring buckets over from another S3 store, or from the folders of a MinIO server");
  addImportOptions(command).action(async (options: Options) => {
    try {
      await runImport(options);
    } catch (error) {
      throw toCommandError(error);
    }
  });
}

async function runImport(options: Options): Promise<void> {
  const concurrency = Number(options["concurrency"]);
  const isDryRun = options["dryRun"] === true;
  const source = openSource(options, concurrency);
  const { endpoint, client } = connectTarget(concurrency);
  const encryption = readTargetEncryption(options, endpoint);
  const { secretAccessKey } = await client.config.credentials();
  const path = textOf(options, "state") ?? "strongroom-import.state";
  const state = ImportState.open(path, `${source.name} -> ${endpoint}`, secretAccessKey, isDryRun);
  const importTarget = new ImportTarget(client, encryption, (uploadId, { bucket, objectKey }) =>
    state.recordUpload(bucket, objectKey, uploadId),
  );
  const report = new ImportReport();
  const isJson = options["json"] === true;
  const endProgress = showProgress(report, options["progress"] === true || process.stderr.isTTY === true);
  try {
    const run = {
      ...{
        source,
        importTarget,
        state,
        report,
        concurrency,
        isDryRun,
        prefix: textOf(options, "prefix") ?? "",
      },
      settings: Array.isArray(options["settings"]) ? options["settings"] : [],
      scheme: encryption.scheme,
      isCurrentOnly: options["versions"] === "current",
      isOverwriting: options["overwrite"] === true,
    };
    const named = listOf(options, "bucket").map(parseBucketRoute);
    const routes = named.length > 0 ? named : (await source.listBuckets()).map(parseBucketRoute);
    for (const { bucket, target } of routes) await importBucket(run, bucket, target);
  } finally {
    endProgress();
    state.close();
    source.close();
    client.destroy();
  }
  const facts = { source: source.name, target: endpoint, isDryRun };
  process.stdout.write(isJson ? printJsonSummary(report, facts) : printSummary(report, facts));
  if (report.totals().failed > 0) process.exitCode = 1;
}
