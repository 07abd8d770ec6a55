import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { Tally } from "../harness/tally.ts";
import { startTestServer, type TestServer } from "../harness/test-server.ts";
import { missingTool } from "../harness/tool-lookup.ts";
import { useAwsCli, useAwsCliByVirtualHost } from "./clients/aws-cli.ts";
import { useBoto3 } from "./clients/boto3.ts";
import { type ClientWorkbench, noVirtualHosts } from "./clients/client-workbench.ts";
import { useRclone, useRestic, useS3cmd } from "./clients/file-tools.ts";
import { useJavascriptSdk } from "./clients/javascript-sdk.ts";

const noAws = missingTool("aws", "--version");
const noBoto3 = missingTool("python3", "-c", "import boto3");

describe("unmodified clients", () => {
  let server: TestServer;
  const tally = new Tally();

  before(async () => {
    server = await startTestServer("clients", { workers: 2 });
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

  test("AWS SDK for JavaScript v3, path style", () => useJavascriptSdk(bench("js"), "path"));
  test("AWS SDK for JavaScript v3, virtual-host style", () => useJavascriptSdk(bench("jsv"), "virtual"));
  test("boto3, path style", { skip: noBoto3 }, () => useBoto3(bench("boto3"), "path"));
  test("boto3, virtual-host style", { skip: noBoto3 || noVirtualHosts }, () =>
    useBoto3(bench("boto3v"), "virtual"),
  );
  test("AWS CLI, path style", { skip: noAws }, () => useAwsCli(bench("aws")));
  test("AWS CLI, virtual-host style", { skip: noAws || noVirtualHosts }, () =>
    useAwsCliByVirtualHost(bench("awsv")),
  );
  test("rclone", { skip: missingTool("rclone", "version") }, () => useRclone(bench("rclone")));
  test("s3cmd", { skip: missingTool("s3cmd", "--version") }, () => useS3cmd(bench("s3cmd")));
  test("restic", { skip: missingTool("restic", "version") }, () => useRestic(bench("restic")));
});
