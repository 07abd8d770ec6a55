import { ServiceError } from "@strongroom/base";
import { buildProgram } from "./program.ts";

/** sysexits.h: a wrong configuration, and everything else that stops a command. */
const EXIT_CONFIG = 78;
const EXIT_FAILURE = 1;

// A reader that has seen enough (`| head`) closes the pipe: then there is nobody left to tell.
process.stdout.on("error", () => process.exit(0));

try {
  await buildProgram().parseAsync(process.argv);
  // What still waits in the pipe would be lost with the process.
  await new Promise<void>((resolve) => process.stdout.write("", () => resolve()));
  process.exit(process.exitCode ?? 0);
} catch (error) {
  if (!(error instanceof ServiceError)) throw error;
  process.stderr.write(`strongroom: ${error.message}\n`);
  if (error.details["next"]) process.stderr.write(`  ${error.details["next"]}\n`);
  process.exit(error.kind === "invalid" ? EXIT_CONFIG : EXIT_FAILURE);
}
