import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ODD_OBJECT_KEYS } from "../../fixtures/object-keys.ts";
import { type ClientWorkbench, runClient, runVirtualHostClient } from "./client-workbench.ts";

const SCRIPT = fileURLToPath(new URL("./boto3-session.py", import.meta.url));

export async function useBoto3(bench: ClientWorkbench, style: "path" | "virtual"): Promise<void> {
  const keysFile = join(bench.home, "keys.json");
  writeFileSync(keysFile, JSON.stringify(ODD_OBJECT_KEYS.map((entry) => entry.objectKey)));
  const bucket = `boto3-${style}`;
  const parameters = [SCRIPT, bucket, keysFile, style];
  const printed =
    style === "path"
      ? await runClient(bench, "python3", parameters)
      : await runVirtualHostClient(bench, [bucket], "python3", parameters);
  const counts: unknown = JSON.parse(printed);
  for (const [what, count] of Object.entries(counts ?? {}))
    bench.tally.add(`boto3 ${style} ${what}`, Number(count));
}
