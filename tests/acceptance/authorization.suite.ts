import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Tally } from "../harness/tally.ts";
import { startTestServer, type TestServer } from "../harness/test-server.ts";
import { missingTool, runTool } from "../harness/tool-lookup.ts";
import {
  expectedOutcome,
  parseOutcomes,
  printTable,
  readCases,
} from "./authorization/authorization-table.ts";

const noAws = missingTool("aws", "--version");
const noBoto3 = missingTool("python3", "-c", "import boto3");
const SCRIPT = fileURLToPath(new URL("./authorization/try-operations.py", import.meta.url));
const CASES = fileURLToPath(new URL("./authorization/cases.json", import.meta.url));
const REPORT = new URL("../../docs/compatibility/s3-authorization", import.meta.url);
const BUCKET = "authorized";

interface AccessKey {
  readonly id: string;
  readonly secret: string;
}

describe("who may call which operation", { skip: noAws }, () => {
  let server: TestServer;
  let home: string;
  let reader: AccessKey;
  let tried: AccessKey;
  const tally = new Tally();

  before(async () => {
    server = await startTestServer("authorization", { workers: 2 });
    home = join(server.folder.path, "home");
    mkdirSync(home);
    reader = await makeUser("reader");
    tried = await makeUser("tried");
    const policy = statement("s3:GetObject", `arn:aws:s3:::${BUCKET}/reports/*`);
    await aws(
      "iam",
      "put-user-policy",
      "--user-name",
      "reader",
      "--policy-name",
      "reports",
      "--policy-document",
      policy,
    );
  });

  after(async () => {
    await server.close();
    tally.conclude(console.log);
  });

  const statement = (Action: string, Resource: string): string =>
    JSON.stringify({ Version: "2012-10-17", Statement: { Effect: "Allow", Action, Resource } });

  const run = async (
    command: string,
    parameters: readonly string[],
    environment: Readonly<Record<string, string>> = {},
  ): Promise<string> => {
    const variables = { ...server.environment.variables, ...environment };
    const { stdout } = await runTool(command, parameters, {
      environment: variables,
      home,
      timeoutMs: 400_000,
    });
    return stdout;
  };
  const aws = (...parameters: string[]): Promise<string> => run("aws", parameters);
  const awsAs = (key: AccessKey, ...parameters: string[]): Promise<string> =>
    run("aws", parameters, { AWS_ACCESS_KEY_ID: key.id, AWS_SECRET_ACCESS_KEY: key.secret });

  const makeUser = async (name: string): Promise<AccessKey> => {
    await aws("iam", "create-user", "--user-name", name);
    const printed: unknown = JSON.parse(await aws("iam", "create-access-key", "--user-name", name));
    const [, id = ""] = /"AccessKeyId":"([^"]*)"/.exec(JSON.stringify(printed)) ?? [];
    const [, secret = ""] = /"SecretAccessKey":"([^"]*)"/.exec(JSON.stringify(printed)) ?? [];
    return { id, secret };
  };

  test("every operation, with boto3", { skip: noBoto3 }, async () => {
    const printed = await run("python3", [SCRIPT, BUCKET, CASES], {
      READER_KEY_ID: reader.id,
      READER_SECRET: reader.secret,
      TRIED_KEY_ID: tried.id,
      TRIED_SECRET: tried.secret,
    });
    const cases = readCases();
    const outcomes = new Map(parseOutcomes(printed).map((outcome) => [outcome.name, outcome]));
    writeFileSync(fileURLToPath(`${REPORT}.md`), printTable(cases, outcomes));
    const report = cases.map((of) => ({ needs: of.needs, ...outcomes.get(of.name) }));
    const lines = report.map((row) => `  ${JSON.stringify(row)}`).join(",\n");
    writeFileSync(fileURLToPath(`${REPORT}.json`), `[\n${lines}\n]\n`);
    for (const of of cases) assert.deepEqual(outcomes.get(of.name), expectedOutcome(of), of.name);
    tally.add("operations tried as the reader", cases.length);
    tally.add(
      "tries with a right missing",
      cases.reduce((sum, of) => sum + of.needs.length, 0),
    );
  });

  const CLI_CASES: readonly (readonly [expected: RegExp | null, ...parameters: string[]])[] = [
    [null, "s3", "cp", `s3://${BUCKET}/reports/a`, "-"],
    [null, "s3api", "head-object", "--bucket", BUCKET, "--key", "reports/a"],
    [/\(AccessDenied\).*s3:ListBucket/, "s3", "ls", `s3://${BUCKET}`],
    [/\(AccessDenied\).*s3:ListAllMyBuckets/, "s3", "ls"],
    [/\(403\).*Forbidden/, "s3", "cp", `s3://${BUCKET}/secret`, "-"],
    [
      /\(AccessDenied\).*s3:PutObject on resource/,
      "s3api",
      "put-object",
      "--bucket",
      BUCKET,
      "--key",
      "reports/b",
    ],
    [/\(AccessDenied\).*s3:DeleteObject on resource/, "s3", "rm", `s3://${BUCKET}/reports/a`],
    [/\(AccessDenied\).*s3:GetBucketPolicy on resource/, "s3api", "get-bucket-policy", "--bucket", BUCKET],
    [/\(403\).*Forbidden/, "s3api", "head-object", "--bucket", BUCKET, "--key", "reports/none"],
  ];

  test("a sample, with the AWS CLI", { skip: noBoto3 }, async () => {
    await aws("s3api", "put-object", "--bucket", BUCKET, "--key", "secret");
    for (const [expected, ...parameters] of CLI_CASES) {
      if (expected === null) await awsAs(reader, ...parameters);
      else await assert.rejects(awsAs(reader, ...parameters), { message: expected }, parameters.join(" "));
      tally.add("AWS CLI commands as the reader");
    }
  });
});
