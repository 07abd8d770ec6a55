import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { presign } from "@strongroom/wire";
import {
  FIXTURE_REGION,
  type FixtureAnswer,
  type FixtureRequest,
  type FixtureUser,
  type ServiceFixture,
  sendRaw,
  startServiceFixture,
} from "../service-fixture.ts";

let fixture: ServiceFixture;
before(async () => {
  fixture = await startServiceFixture();
});
after(() => fixture.close());

const verdict = ({ status, body }: FixtureAnswer): string =>
  `${status} ${/<Code>([^<]*)</.exec(body)?.[1] ?? ""}`.trim();

let buckets = 0;
/** A new bucket of alice's with `reports/a` and `secret`, on which nothing is blocked. */
async function newBucket(): Promise<string> {
  buckets += 1;
  const name = `bucket-${buckets}`;
  await fixture.send("PUT", `/${name}`);
  await fixture.send("DELETE", `/${name}?publicAccessBlock`);
  await fixture.send("PUT", `/${name}/reports/a`, { body: "report" });
  await fixture.send("PUT", `/${name}/secret`, { body: "secret" });
  return name;
}

const policyText = (statements: readonly object[]): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: statements });

const putPolicy = (
  bucket: string,
  statements: readonly object[],
  request: FixtureRequest = {},
): Promise<FixtureAnswer> =>
  fixture.send("PUT", `/${bucket}?policy`, { body: policyText(statements), ...request });

const as = (user: FixtureUser | null, request: FixtureRequest = {}): FixtureRequest => ({
  ...request,
  as: user,
});
const anybody = { Effect: "Allow", Principal: "*" };
const nobody = { Effect: "Deny", Principal: "*" };

test("a header that only copies read takes no right away from other operations", async () => {
  const bucket = await newBucket();
  const { bob } = fixture;
  await fixture.send("PUT", "/bait-of-bob", as(bob));
  const bait = { "x-amz-copy-source": "/bait-of-bob/none" };
  await putPolicy(bucket, [
    { ...anybody, Action: ["s3:PutObject", "s3:GetObject"], Resource: `arn:aws:s3:::${bucket}/*` },
  ]);
  const hidden = await fixture.send("GET", `/${bucket}/none`, as(bob, { headers: bait }));
  assert.equal(verdict(hidden), "403 AccessDenied");
  const headers = { ...bait, "x-amz-tagging": "a=b" };
  const tagged = await fixture.send("POST", `/${bucket}/large?uploads`, as(bob, { headers }));
  assert.equal(verdict(tagged), "403 AccessDenied");
  assert.equal(verdict(await fixture.send("POST", `/${bucket}/large?uploads`, as(bob))), "200");
});

test("a policy tells presigned URLs from signed requests, and old ones from new", async () => {
  const bucket = await newBucket();
  const presigned = (ageMs: number): Promise<FixtureAnswer> =>
    sendRaw(
      fixture.port,
      "GET",
      presign({
        method: "GET",
        target: `/${bucket}/secret`,
        headers: new Map([["host", fixture.host]]),
        credentials: fixture.alice.credentials,
        region: FIXTURE_REGION,
        service: "s3",
        nowMs: Date.now() - ageMs,
        expiresSeconds: 3600,
      }),
      { host: fixture.host },
    );
  const deny = (Condition: object) =>
    putPolicy(bucket, [
      { ...nobody, Action: "s3:GetObject", Resource: `arn:aws:s3:::${bucket}/*`, Condition },
    ]);
  await deny({ NumericGreaterThan: { "s3:signatureAge": "600000" } });
  assert.equal((await presigned(0)).body, "secret");
  assert.equal(verdict(await presigned(700_000)), "403 AccessDenied");
  await deny({ StringEquals: { "s3:authType": "REST-QUERY-STRING" } });
  assert.equal(verdict(await presigned(0)), "403 AccessDenied");
  assert.equal((await fixture.send("GET", `/${bucket}/secret`)).body, "secret");
  await deny({ StringNotEquals: { "s3:x-amz-content-sha256": "UNSIGNED-PAYLOAD" } });
  assert.equal((await presigned(0)).body, "secret");
  assert.equal(verdict(await fixture.send("GET", `/${bucket}/secret`)), "403 AccessDenied");
});
