import { fileURLToPath } from "node:url";
import { type ClientWorkbench, runClient } from "../clients/client-workbench.ts";

/** Runs one of the sessions beside this file; it ends badly at the first answer that is not as expected. */
export async function useBoto3(bench: ClientWorkbench, script: string): Promise<void> {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const printed = await runClient(bench, "python3", [path], { PYTHONDONTWRITEBYTECODE: "1" });
  const counts: unknown = JSON.parse(printed);
  for (const [what, count] of Object.entries(counts ?? {})) bench.tally.add(`boto3 ${what}`, Number(count));
}
