// Our own client in a process of its own, for measuring it as the others are: one JSON line for each JSON line.
import { readFileSync } from "node:fs";
import { Agent } from "node:https";
import { createInterface } from "node:readline";
import { KMS } from "@aws-sdk/client-kms";
import { S3Client } from "@aws-sdk/client-s3";
import { OwnParticipant } from "../../matrix/own-participant.ts";

const [caFile = ""] = process.argv.slice(2);
const settings = {
  requestHandler: { httpsAgent: new Agent({ ca: readFileSync(caFile), keepAlive: true }) },
};
const participant = new OwnParticipant(
  new S3Client({ ...settings, forcePathStyle: true }),
  new KMS(settings),
);
for await (const line of createInterface({ input: process.stdin })) {
  const asked: unknown = JSON.parse(line);
  const id = typeof asked === "object" && asked !== null && "id" in asked ? asked.id : null;
  const answer = await participant.ask(asked as never);
  process.stdout.write(`${JSON.stringify({ id, ...answer })}\n`);
}
process.exit(0);
