import assert from "node:assert/strict";
import type { WireResponse } from "../../harness/wire-client.ts";
import type { ClientWorkbench } from "../clients/client-workbench.ts";

type Form = Readonly<Record<string, string>> | string;

const VERSION = "2010-05-08";
/** No answer to anything here takes longer, on a machine that does other things too. */
const PATIENCE_MS = 5_000;

const named = (Action: string, more: Readonly<Record<string, string>> = {}): Form => ({
  Action,
  Version: VERSION,
  ...more,
});

const policyOf = (statement: unknown): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: statement });

const putPolicy = (document: string): Form =>
  named("PutUserPolicy", { UserName: "mallory", PolicyName: "p", PolicyDocument: document });

const allowAll = { Effect: "Allow", Action: "*", Resource: "*" };
const nested = (levels: number): string => `${"[".repeat(levels)}${"]".repeat(levels)}`;

/** What is sent, and the code it is refused with. */
const CASES: readonly (readonly [what: string, form: Form, code: string])[] = [
  ["no action", "", "InvalidAction"],
  ["an action that there is not", named("MakeCoffee"), "InvalidAction"],
  ["a property of objects as action", named("__proto__"), "InvalidAction"],
  ["another version", { Action: "ListUsers", Version: "2001-01-01" }, "InvalidAction"],
  ["a parameter twice", `Action=GetUser&Version=${VERSION}&UserName=a&UserName=b`, "MalformedQueryString"],
  ["a broken escape", `Action=GetUser&Version=${VERSION}&UserName=%zz`, "MalformedQueryString"],
  ["broken UTF-8", `Action=GetUser&Version=${VERSION}&UserName=%ff`, "MalformedQueryString"],
  ["20,000 parameters", `Action=GetUser&${"a&".repeat(20_000)}`, "MalformedQueryString"],
  ["a name of 10,000 parts", `Action=GetUser&${"a.".repeat(10_000)}=1`, "MalformedQueryString"],
  ["a slash in a name", named("GetUser", { UserName: "a/b" }), "ValidationError"],
  ["NUL in a name", named("GetUser", { UserName: "a\0" }), "ValidationError"],
  ["a path upwards", named("CreateUser", { UserName: "a", Path: "/../x" }), "ValidationError"],
  ["a number that is none", named("ListUsers", { MaxItems: "ten" }), "ValidationError"],
  ["a marker of nobody", named("ListUsers", { Marker: "AAAA" }), "ValidationError"],
  [
    "a tag without a key",
    named("CreateUser", { UserName: "a", "Tags.member.1.Value": "x" }),
    "ValidationError",
  ],
  ["a policy that is text", putPolicy("hello"), "MalformedPolicyDocument"],
  ["a policy nested 50,000 deep", putPolicy(nested(50_000)), "MalformedPolicyDocument"],
  [
    "a name twice in a policy",
    putPolicy(`{"Version":"2012-10-17","Version":"2012-10-17","Statement":[]}`),
    "MalformedPolicyDocument",
  ],
  [
    "an operator that there is not",
    putPolicy(policyOf({ ...allowAll, Condition: { Equals: { a: "b" } } })),
    "MalformedPolicyDocument",
  ],
  [
    "an element that there is not",
    putPolicy(policyOf({ ...allowAll, Effects: "Allow" })),
    "MalformedPolicyDocument",
  ],
  [
    "a principal in a user's policy",
    putPolicy(policyOf({ ...allowAll, Principal: "*" })),
    "MalformedPolicyDocument",
  ],
  ["2,000 statements", putPolicy(policyOf(Array.from({ length: 2_000 }, () => allowAll))), "LimitExceeded"],
  ["a policy of 200 KiB", putPolicy(policyOf({ ...allowAll, Sid: "x".repeat(200_000) })), "ValidationError"],
  ["a body of 3 MiB", `Action=GetUser&UserName=${"x".repeat(3 << 20)}`, "RequestEntityTooLarge"],
];

/** Wildcards that make a careless matcher take for ever. */
const explosive = policyOf({
  ...allowAll,
  Action: `s3:${"*a".repeat(60)}b`,
  Resource: `arn:aws:s3:::${"*a?".repeat(200)}`,
});

export async function sendBadInput(bench: ClientWorkbench): Promise<void> {
  await post(bench, named("CreateUser", { UserName: "mallory" }));
  for (const [what, form, code] of CASES) {
    const startedMs = performance.now();
    const response = await post(bench, form);
    const elapsedMs = performance.now() - startedMs;
    assert.equal(codeOf(response), code, `${what}: ${response.body.toString().slice(0, 300)}`);
    assert.ok(response.status >= 400 && response.status < 500, what);
    assert.ok(elapsedMs < PATIENCE_MS, `${what} took ${elapsedMs} ms`);
    bench.tally.add("bad requests refused");
  }
  await simulateExplosion(bench);
  await refuseStrangers(bench);
  await post(bench, named("DeleteUser", { UserName: "mallory" }));
}

async function simulateExplosion(bench: ClientWorkbench): Promise<void> {
  const startedMs = performance.now();
  const response = await post(
    bench,
    named("SimulateCustomPolicy", {
      "PolicyInputList.member.1": explosive,
      "ActionNames.member.1": `s3:${"a".repeat(120)}`,
      "ResourceArns.member.1": `arn:aws:s3:::${"a".repeat(1_800)}`,
    }),
  );
  assert.equal(response.status, 200, response.body.toString());
  assert.ok(performance.now() - startedMs < PATIENCE_MS);
  bench.tally.add("bad requests refused");
}

/** Who asks comes first: a stranger learns nothing about names or operations. */
async function refuseStrangers(bench: ClientWorkbench): Promise<void> {
  const { accessKeyId } = bench.server.environment.credentials;
  const unknown = { accessKeyId: "AKIAAAAAAAAAAAAAAAAA", secretAccessKey: "x".repeat(40) };
  const wrong = { accessKeyId, secretAccessKey: "x".repeat(40) };
  for (const action of ["GetUser", "MakeCoffee"]) {
    const ask = (credentials: { accessKeyId: string; secretAccessKey: string }) =>
      post(bench, named(action, { UserName: "mallory" }), credentials);
    assert.equal(codeOf(await ask(unknown)), "InvalidClientTokenId");
    assert.equal(codeOf(await ask(wrong)), "SignatureDoesNotMatch");
    bench.tally.add("strangers refused", 2);
  }
}

function post(
  bench: ClientWorkbench,
  form: Form,
  credentials = bench.server.environment.credentials,
): Promise<WireResponse> {
  const body = Buffer.from(typeof form === "string" ? form : new URLSearchParams(form).toString());
  return bench.server.client.request({
    method: "POST",
    service: "iam",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body,
    credentials,
  });
}

const codeOf = (response: WireResponse): string =>
  /<Error><Type>Sender<\/Type><Code>(\w+)<\/Code>/.exec(response.body.toString())?.[1] ?? "";
