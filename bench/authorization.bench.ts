// What one decision costs: `node tools/run.mjs bench/authorization.bench.ts`. Ends with 1 when a GET with 20
// statements takes 20 µs or more.
import {
  type AuthorizationRequest,
  evaluate,
  joinContexts,
  mapContext,
  type NamedPolicy,
  type PrincipalPolicies,
  parsePolicyDocument,
  principalContext,
  type ResourcePolicy,
  type UserPrincipal,
} from "@strongroom/iam";

const ACCOUNT = "111122223333";
const BUDGET_US = 20;
const ROUNDS = 9;
const RUNS = 20_000;

const USER: UserPrincipal = {
  kind: "user",
  accountId: ACCOUNT,
  arn: `arn:aws:iam::${ACCOUNT}:user/reader`,
  userId: "AIDAREADERAAAAAAAAAAA",
  userName: "reader",
  tags: new Map([["team", "audit"]]),
};

type Fields = Readonly<Record<string, unknown>>;

function policy(kind: "identity" | "bucket", statements: readonly Fields[]): NamedPolicy {
  const text = JSON.stringify({ Version: "2012-10-17", Statement: statements });
  return { name: kind, document: parsePolicyDocument(text, { kind, limits: { maxSize: 100_000 } }) };
}

/** Statements of which all but the last speak of S3 and of other folders: each has to be looked at. */
const OTHERS: readonly Fields[] = Array.from({ length: 19 }, (_, at) => ({
  Effect: at % 5 === 4 ? "Deny" : "Allow",
  Action: ["s3:Get*", "s3:PutObject", "s3:List*"],
  Resource: [`arn:aws:s3:::reports/team-${at}/*`, `arn:aws:s3:::*-archive-${at}/*/\${aws:username}`],
  Condition: {
    StringEquals: { "aws:PrincipalTag/team": "audit" },
    IpAddress: { "aws:SourceIp": "203.0.113.0/24" },
  },
}));
const OWN: Fields = {
  Effect: "Allow",
  Action: "s3:GetObject*",
  Resource: "arn:aws:s3:::reports/*",
  Condition: { Bool: { "aws:SecureTransport": "true" }, IpAddress: { "aws:SourceIp": "203.0.113.0/24" } },
};

const withStatements = (statements: readonly Fields[]): PrincipalPolicies => ({
  identity: [policy("identity", statements)],
  boundary: null,
  session: null,
});
const PUBLIC: Fields = {
  Effect: "Allow",
  Principal: "*",
  Action: "s3:GetObject",
  Resource: "arn:aws:s3:::reports/public/*",
};
const NO_TLS: Fields = {
  Effect: "Deny",
  Principal: "*",
  Action: "s3:*",
  Resource: "*",
  Condition: { Bool: { "aws:SecureTransport": "false" } },
};
const BUCKET: ResourcePolicy = { policy: policy("bucket", [PUBLIC, NO_TLS]), mode: "or-identity" };

const request: AuthorizationRequest = {
  principal: USER,
  action: "s3:GetObject",
  resource: "arn:aws:s3:::reports/2026/november/summary.csv",
  resourceAccountId: ACCOUNT,
  context: joinContexts(
    principalContext(USER),
    mapContext({
      "aws:SecureTransport": ["true"],
      "aws:SourceIp": ["203.0.113.9"],
      "s3:TlsVersion": ["1.3"],
    }),
  ),
};

interface Case {
  readonly name: string;
  readonly policies: PrincipalPolicies;
  readonly resource: ResourcePolicy | null;
}

const CASES: readonly Case[] = [
  { name: "GET, 1 statement", policies: withStatements([OWN]), resource: null },
  { name: "GET, 20 statements", policies: withStatements([...OTHERS, OWN]), resource: null },
  {
    name: "GET, 20 statements and a bucket policy",
    policies: withStatements([...OTHERS, OWN]),
    resource: BUCKET,
  },
  {
    name: "GET, 20 statements, boundary and session policy",
    policies: {
      identity: [policy("identity", [...OTHERS, OWN])],
      boundary: policy("identity", [OWN]),
      session: [policy("identity", [OWN])],
    },
    resource: BUCKET,
  },
];

/** Microseconds of the processor a decision takes, in the middle round. */
function measure({ policies, resource }: Case): number {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const start = process.threadCpuUsage();
    for (let run = 0; run < RUNS; run += 1) {
      if (!evaluate(request, policies, resource).allowed) throw new Error("the bench's request is denied");
    }
    const { user, system } = process.threadCpuUsage(start);
    times.push((user + system) / RUNS);
  }
  return times.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)] ?? Number.NaN;
}

let isMet = true;
for (const one of CASES) {
  const microseconds = measure(one);
  isMet &&= microseconds < BUDGET_US;
  console.log(`${one.name.padEnd(50)} ${microseconds.toFixed(2).padStart(8)} µs`);
}
console.log(isMet ? `every decision under ${BUDGET_US} µs` : `a decision takes ${BUDGET_US} µs or more`);
process.exitCode = isMet ? 0 : 1;
