import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Principal } from "../principal.ts";
import type { Decision, ResourcePolicyMode } from "./authorization.ts";
import type { StatementFields } from "./policy-fixture.ts";
import { ACCOUNT, ask, BOB, named, OTHER_ACCOUNT, type Question, ROOT, SESSION } from "./policy-fixture.ts";

const ACTIONS = ["s3:GetObject", "s3:PutObject", "kms:Decrypt"] as const;
const RESOURCES = ["arn:aws:s3:::a/x", "arn:aws:s3:::a/y", "arn:aws:s3:::b/x"] as const;
const PRINCIPALS: readonly Principal[] = [BOB, SESSION, ROOT, { kind: "anonymous" }];

const actionElement = fc.oneof(
  fc.record({
    Action: fc.constantFrom("*", "s3:*", "s3:Get*", "kms:Decrypt", "s3:?utObject", ["s3:GetObject", "iam:*"]),
  }),
  fc.record({ NotAction: fc.constantFrom("s3:PutObject", "kms:*", ["iam:*", "s3:Get*"]) }),
);
const resourceElement = fc.oneof(
  fc.record({
    Resource: fc.constantFrom("*", "arn:aws:s3:::a/*", "arn:aws:s3:::*/x", `arn:aws:s3:::a/\${aws:username}`),
  }),
  fc.record({ NotResource: fc.constantFrom("arn:aws:s3:::a/*", "arn:aws:s3:::b/?") }),
);
const conditionElement = fc.oneof(
  { weight: 3, arbitrary: fc.constant({}) },
  fc
    .record({
      operator: fc.constantFrom(
        "StringEquals",
        "StringNotEquals",
        "StringLikeIfExists",
        "ForAllValues:StringEquals",
      ),
      key: fc.constantFrom("aws:x", "aws:y"),
      value: fc.constantFrom("1", "2", ["1", "2"], "*"),
    })
    .map(({ operator, key, value }) => ({ Condition: { [operator]: { [key]: value } } })),
);
const statement = fc
  .tuple(fc.constantFrom("Allow", "Allow", "Deny"), actionElement, resourceElement, conditionElement)
  .map(([Effect, ...elements]): StatementFields => Object.assign({ Effect }, ...elements));
const statements = fc.array(statement, { minLength: 1, maxLength: 4 });

const principalElement = fc.constantFrom<unknown>(
  "*",
  { AWS: BOB.arn },
  { AWS: [ACCOUNT] },
  { AWS: [SESSION.roleArn, OTHER_ACCOUNT] },
  { AWS: SESSION.arn },
);
const resourceStatements = fc.array(
  fc
    .tuple(statement, principalElement)
    .map(([fields, Principal]): StatementFields => ({ ...fields, Principal })),
  { minLength: 1, maxLength: 4 },
);

interface Case extends Omit<Question, "boundary" | "session"> {
  readonly boundary: readonly StatementFields[] | null;
  readonly session: readonly (readonly StatementFields[])[] | null;
  readonly identity: readonly StatementFields[];
  readonly ofResource: readonly StatementFields[] | null;
  readonly mode: ResourcePolicyMode;
}

const cases: fc.Arbitrary<Case> = fc.record({
  principal: fc.constantFrom(...PRINCIPALS),
  action: fc.constantFrom(...ACTIONS),
  resource: fc.constantFrom(...RESOURCES),
  resourceAccountId: fc.constantFrom(ACCOUNT, ACCOUNT, OTHER_ACCOUNT),
  context: fc.constantFrom<Readonly<Record<string, readonly string[]>>>(
    {},
    { "aws:x": ["1"] },
    { "aws:x": ["2"], "aws:y": ["1", "3"] },
  ),
  identity: statements,
  boundary: fc.option(statements, { nil: null }),
  session: fc.option(fc.array(statements, { maxLength: 2 }), { nil: null }),
  ofResource: fc.option(resourceStatements, { nil: null }),
  mode: fc.constantFrom<ResourcePolicyMode>("or-identity", "delegates", "required"),
});

function decide({ ofResource, mode, ...question }: Case): Decision {
  const policy = ofResource === null ? null : named("resource", ...ofResource);
  return ask({ ...question, resourcePolicy: { policy, mode } });
}

const RUNS = { numRuns: 400 };

test("a deny that applies wins, in whatever policy it stands and beside whatever else", () => {
  const everything = { Effect: "Deny", Action: "*", Resource: "*" };
  fc.assert(
    fc.property(cases, fc.constantFrom("identity", "boundary", "session", "resource"), (one, kind) => {
      const denied = {
        identity: { ...one, identity: [...one.identity, everything] },
        boundary: { ...one, boundary: [...(one.boundary ?? []), everything] },
        session: { ...one, session: [...(one.session ?? []), [everything]] },
        resource: { ...one, ofResource: [...(one.ofResource ?? []), { ...everything, Principal: "*" }] },
      }[kind];
      const decision = decide(denied);
      assert.equal(decision.allowed, false);
      assert.notEqual(decision.by, null);
    }),
    RUNS,
  );
});

test("[L-167] a boundary or a session policy never widens", () => {
  fc.assert(
    fc.property(cases, (one) => {
      const unbounded = decide({ ...one, boundary: null });
      const unlimited = decide({ ...one, session: null });
      const { allowed } = decide(one);
      assert.ok(!allowed || (unbounded.allowed && unlimited.allowed));
    }),
    RUNS,
  );
});

test("the order of statements and of policies never matters", () => {
  fc.assert(
    fc.property(cases, (one) => {
      const turned = {
        ...one,
        identity: one.identity.toReversed(),
        boundary: one.boundary?.toReversed() ?? null,
        session: one.session?.map((policy) => policy.toReversed()).toReversed() ?? null,
        ofResource: one.ofResource?.toReversed() ?? null,
      };
      const [straight, backwards] = [decide(one), decide(turned)];
      assert.equal(straight.allowed, backwards.allowed);
      if (!straight.allowed && !backwards.allowed) assert.equal(straight.because, backwards.because);
    }),
    RUNS,
  );
});

test("a statement of other actions, other resources or other conditions changes nothing", () => {
  const unrelated = fc.record({
    fields: fc.constantFrom<StatementFields>(
      { Action: "ec2:*" },
      { NotAction: "*" },
      { Resource: "arn:aws:s3:::elsewhere/*" },
      { NotResource: "*" },
      { Condition: { StringEquals: { "aws:x": "never" } } },
      { Condition: { Null: { "aws:z": "false" } } },
    ),
    Effect: fc.constantFrom("Allow", "Deny"),
    at: fc.nat(4),
  });
  fc.assert(
    fc.property(cases, unrelated, (one, { fields, Effect, at }) => {
      const extra = { Effect, ...fields };
      const decision = decide({
        ...one,
        identity: one.identity.toSpliced(at, 0, extra),
        boundary: one.boundary?.toSpliced(at, 0, extra) ?? null,
        ofResource: one.ofResource?.toSpliced(at, 0, { ...extra, Principal: "*" }) ?? null,
      });
      assert.equal(decision.allowed, decide(one).allowed);
    }),
    RUNS,
  );
});

test("one more Allow never takes away, one more Deny never gives", () => {
  fc.assert(
    fc.property(cases, statement, (one, extra) => {
      const before = decide(one).allowed;
      const after = decide({ ...one, identity: [...one.identity, extra] }).allowed;
      assert.ok(extra["Effect"] === "Allow" ? after || !before : before || !after);
    }),
    RUNS,
  );
});

test("whoever is allowed across accounts would be allowed inside one", () => {
  fc.assert(
    fc.property(cases, (one) => {
      const abroad = decide({ ...one, resourceAccountId: OTHER_ACCOUNT });
      const inside = decide({ ...one, resourceAccountId: ACCOUNT });
      assert.ok(!abroad.allowed || inside.allowed);
    }),
    RUNS,
  );
});
