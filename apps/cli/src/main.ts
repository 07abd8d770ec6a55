import { ServiceError } from "@strongroom/base";
import { buildProgram } from "./program.ts";

/** sysexits.h: a wrong configuration, and everything else that stops a command. */
const EXIT_CONFIG = 78;
const EXIT_FAILURE = 1;

try {
  await buildProgram().parseAsync(process.argv);
  process.exit(process.exitCode ?? 0);
} catch (error) {
  if (!(error instanceof ServiceError)) throw error;
  process.stderr.write(`strongroom: ${error.message}\n`);
  if (error.details["next"]) process.stderr.write(`  ${error.details["next"]}\n`);
  process.exit(error.kind === "invalid" ? EXIT_CONFIG : EXIT_FAILURE);
}
