import { after, before, describe, test } from "node:test";
import { makeScratchFolder, type ScratchFolder } from "../harness/scratch-folder.ts";
import { freePort } from "../harness/strongroom-process.ts";
import { Tally } from "../harness/tally.ts";
import { makeAuthority, noOpenssl, type TestAuthority } from "../harness/test-certificates.ts";
import { startTestServer, type TestServer } from "../harness/test-server.ts";
import { missingTool } from "../harness/tool-lookup.ts";
import { useAwsCliProfile, useBoto3Sessions } from "./sts/command-line-sessions.ts";
import {
  presign,
  refuseBadTokens,
  revokeSessions,
  useEveryService,
  useTemporaryCredentials,
  useUserSessions,
  widenNothing,
} from "./sts/javascript-sessions.ts";
import { type OidcServer, startOidcServer } from "./sts/oidc-server.ts";
import { grantByBucketPolicy } from "./sts/resource-policies.ts";
import { EVERYTHING_IN_S3, policyText, READ_REPORTS, StsWorkbench } from "./sts/sts-workbench.ts";
import { refuseUntrustedProvider, useWebIdentity } from "./sts/web-identity.ts";
import { breakOff, sendByHand } from "./sts/wire-cases.ts";

const noAws = missingTool("aws", "--version");
const noBoto3 = missingTool("python3", "-c", "import boto3");
const EVERYTHING = policyText({ Effect: "Allow", Action: "*", Resource: "*" });

describe("temporary credentials", () => {
  let folder: ScratchFolder;
  let authority: TestAuthority | null = null;
  let server: TestServer;
  let bench: StsWorkbench;
  let alice: { accessKeyId: string; secretAccessKey: string };
  let worker: string;
  const tally = new Tally();

  before(async () => {
    folder = makeScratchFolder("sts-authority");
    if (noOpenssl === false) authority = makeAuthority(folder.path, "provider");
    const environment = authority === null ? {} : { NODE_EXTRA_CA_CERTS: authority.certificateFile };
    server = await startTestServer("sts", { workers: 2, environment });
    await server.makeBucket("vault");
    bench = new StsWorkbench(server, tally);
    alice = await bench.makeUser("alice", EVERYTHING);
    worker = await bench.makeRole("worker", EVERYTHING_IN_S3);
  });

  after(async () => {
    bench.close();
    await server.close();
    folder.remove();
    tally.conclude(console.log);
  });

  test("[L-167] fromTemporaryCredentials with a session policy", () =>
    useTemporaryCredentials(bench, alice, worker));
  test("[L-167] a session policy does not widen", async () =>
    widenNothing(bench, alice, await bench.makeRole("reader", READ_REPORTS)));
  test("presigned URLs of a session", () => presign(bench, alice, worker));
  test("GetSessionToken and GetFederationToken", () => useUserSessions(bench, alice));
  test("bad, foreign and outlived tokens", () => refuseBadTokens(bench, alice));
  test("[L-167] grants of bucket policies", () => grantByBucketPolicy(bench, alice));
  test("sessions that are revoked", () => revokeSessions(bench, alice));
  test("boto3's assume_role", { skip: noBoto3 }, () => useBoto3Sessions(bench, alice, worker));
  test("a role in a profile of the AWS CLI", { skip: noAws }, () => useAwsCliProfile(bench, alice, worker));

  test("requests of STS by hand", () => sendByHand(server, tally));
  test("bodies that break off", () => breakOff(server, tally));
  test("sessions with IAM and KMS", () => useEveryService(bench, alice));

  const withProvider = async (from: TestAuthority | null, use: (oidc: OidcServer) => Promise<void>) => {
    if (from === null) throw new Error("no authority");
    const oidc = await startOidcServer(from, await freePort());
    try {
      await use(oidc);
    } finally {
      await oidc.close();
    }
  };
  test("fromWebToken against an OpenID Connect provider", { skip: noOpenssl }, () =>
    withProvider(authority, (oidc) => useWebIdentity(bench, oidc)),
  );
  test("a provider with a certificate that is not trusted", { skip: noOpenssl }, () =>
    withProvider(makeAuthority(folder.path, "stranger"), (oidc) => refuseUntrustedProvider(bench, oidc)),
  );
});
