import { S3_ERRORS } from "./error-table.ts";

/** `docs/errors.md`: the table of errors for people. Write it with `node tools/run.mjs packages/s3/src/errors-doc.ts > docs/errors.md`. */
export function printErrorsDocument(): string {
  const rows = Object.entries(S3_ERRORS).map(
    ([code, [status, message]]) => `| \`${code}\` | ${status} | ${message.replaceAll("|", "\\|")} |`,
  );
  return [
    "# Errors of the S3 API",
    "",
    "Printed from `packages/s3/src/error-table.ts`; a test keeps it fresh. Codes, statuses and messages are those of",
    "Amazon S3. Some errors say more than their default message, and add elements that name the argument, the bucket,",
    "the key or the digest concerned. `NotImplemented` means that nothing was changed or stored.",
    "",
    "| code | status | default message |",
    "|---|---|---|",
    ...rows,
    "",
  ].join("\n");
}

if (import.meta.main) process.stdout.write(printErrorsDocument());
