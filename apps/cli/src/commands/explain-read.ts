import { explainReadOf, type ReadExplanation } from "@strongroom/server";
import { type Command, InvalidArgumentError } from "commander";
import { openFolder } from "../open-folder.ts";
import { addSettingOptions, FOLDER_SETTINGS, flagsOf } from "../setting-options.ts";

/** `strongroom explain read s3://BUCKET/KEY`: who could read an object, and who did. */
export function addExplainRead(program: Command): void {
  const command = program
    .command("explain")
    .description("say why things are as they are")
    .command("read")
    .description(
      "list who could read an object now, with the statements and grants that let them, and who did",
    )
    .argument("<object>", "s3://BUCKET/KEY", parseObject)
    .option("--from <address>", "suppose requests from this address", "127.0.0.1")
    .option("--json", "print one object instead of lines");
  addSettingOptions(command, FOLDER_SETTINGS).action(
    async (object: { bucket: string; objectKey: string }, options: Record<string, unknown>) => {
      const { vault, loaded } = await openFolder(flagsOf(options));
      try {
        const sourceIp = String(options["from"]);
        const explanation = await explainReadOf({ vault, config: loaded.config }, { ...object, sourceIp });
        process.stdout.write(
          options["json"] === true ? `${JSON.stringify(explanation)}\n` : printExplanation(explanation),
        );
      } finally {
        await vault.close();
      }
    },
  );
}

function parseObject(text: string): { bucket: string; objectKey: string } {
  const [, bucket, objectKey] = /^s3:\/\/([^/]+)\/(.+)$/s.exec(text) ?? [];
  if (bucket === undefined || objectKey === undefined) throw new InvalidArgumentError("not s3://BUCKET/KEY");
  return { bucket, objectKey };
}

function printExplanation({ object, keyArn, sourceIp, couldNow, didRead }: ReadExplanation): string {
  const lines = [
    `${object}, sealed under ${keyArn ?? "a key of the server or the customer"}`,
    `could read it now, over TLS from ${sourceIp}:`,
    ...couldNow.flatMap(({ principal, because }) => [
      `  ${principal}`,
      ...because.map((each) => `    ${each}`),
    ]),
    "did, by the trail:",
    ...didRead.map(
      ({ time, principal, sourceIp: from, what }) => `  ${time} ${principal} from ${from} (${what})`,
    ),
  ];
  if (couldNow.length === 0) lines.splice(2, 0, "  nobody");
  if (didRead.length === 0)
    lines.push("  nobody that was recorded: reads are events where the trail selects them");
  return `${lines.join("\n")}\n`;
}
