import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { Tally } from "../harness/tally.ts";
import { startTestServer, type TestServer } from "../harness/test-server.ts";
import { missingTool } from "../harness/tool-lookup.ts";
import type { ClientWorkbench } from "./clients/client-workbench.ts";
import { useAwsCli } from "./iam/aws-cli.ts";
import { sendBadInput } from "./iam/bad-input.ts";
import { useBoto3 } from "./iam/boto3.ts";
import { missingProvider, useTerraform } from "./iam/terraform.ts";

const noBoto3 = missingTool("python3", "-c", "import boto3");

describe("IAM with unmodified clients", () => {
  let server: TestServer;
  const tally = new Tally();

  before(async () => {
    server = await startTestServer("iam", { workers: 2 });
  });

  after(async () => {
    await server.close();
    tally.conclude(console.log);
  });

  const bench = (name: string): ClientWorkbench => {
    const home = join(server.folder.path, `home-${name}`);
    mkdirSync(home);
    return { server, home, tally };
  };

  test("boto3 makes, changes, lists and removes everything", { skip: noBoto3 }, () =>
    useBoto3(bench("entities"), "boto3-entities.py"),
  );
  test(
    "boto3: users may what their policies say, and changes count at once on every process",
    {
      skip: noBoto3,
    },
    () => useBoto3(bench("rights"), "boto3-rights.py"),
  );
  test("AWS CLI", { skip: missingTool("aws", "--version") }, () => useAwsCli(bench("cli")));
  test("Terraform applies, changes, finds nothing to do, and destroys", { skip: missingProvider() }, () =>
    useTerraform(bench("terraform")),
  );
  test("bad input is refused in bounded time and in AWS's words", () => sendBadInput(bench("bad")));
});
