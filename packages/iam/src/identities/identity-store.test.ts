import assert from "node:assert/strict";
import { createSecretKey, randomBytes } from "node:crypto";
import { test } from "node:test";
import { ManualClock, MemoryRecordStore } from "@strongroom/base";
import { Authorization } from "../authorization.ts";
import { IamError } from "../iam-error.ts";
import type { AuthorizationRequest, PrincipalPolicies } from "../policy/authorization.ts";
import type { Principal } from "../principal.ts";
import { listAwsManagedPolicies } from "./aws-managed-policies.ts";
import type { Group, ManagedPolicy, User } from "./entities.ts";
import { IdentityStore } from "./identity-store.ts";
import { userPrincipal } from "./user-principal.ts";

const ACCOUNT = "123456789012";
const OWN_POLICY = `arn:aws:iam::${ACCOUNT}:policy/p`;
const sealingKey = createSecretKey(randomBytes(32));
const clock = new ManualClock(1_000);

function newStore(records = new MemoryRecordStore()) {
  return { records, store: new IdentityStore({ records, sealingKey, clock }) };
}

const allow = (action: string): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Sid: action.replace(/\W/g, ""), Effect: "Allow", Action: action, Resource: "*" }],
  });

const base = {
  accountId: ACCOUNT,
  path: "/",
  createdMs: 0,
  inlinePolicies: [],
  attachedPolicies: [],
  tags: [],
  boundary: null,
};
const newUser = (name: string, more: Partial<User> = {}): User => ({
  ...base,
  kind: "user",
  id: `AIDA${name.toUpperCase()}`,
  name,
  groupIds: [],
  accessKeyIds: [],
  ...more,
});
const group: Group = { ...base, kind: "group", id: "AGPAG", name: "g", memberCount: 1 };
const policy: ManagedPolicy = {
  ...base,
  kind: "policy",
  id: "ANPAP",
  name: "p",
  updatedMs: 0,
  description: null,
  versions: [
    { versionId: "v1", document: allow("s3:GetObject"), createdMs: 0 },
    { versionId: "v2", document: allow("s3:PutObject"), createdMs: 0 },
  ],
  defaultVersionId: "v2",
  nextVersion: 3,
  attachmentCount: 1,
  boundaryCount: 0,
};

async function add(
  store: IdentityStore,
  ...entities: readonly (User | Group | ManagedPolicy)[]
): Promise<void> {
  await store.change(async (transaction) => {
    for (const entity of entities) {
      await transaction.findId(entity.kind, ACCOUNT, entity.name);
      transaction.add(entity);
    }
  });
}

const asked = (principal: Principal, action: string): AuthorizationRequest => ({
  principal,
  action,
  resource: "arn:aws:s3:::bucket/key",
  resourceAccountId: ACCOUNT,
  context: { find: () => undefined },
});

test("a user's policies are its own, its groups' and the default versions of those attached", async () => {
  const { store } = newStore();
  const user = newUser("ann", {
    inlinePolicies: [{ policyName: "inline", document: allow("s3:ListBucket") }],
    attachedPolicies: [OWN_POLICY, "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"],
    groupIds: ["AGPAG"],
    boundary: OWN_POLICY,
  });
  const inGroup = { ...group, inlinePolicies: [{ policyName: "of group", document: allow("kms:*") }] };
  await add(store, user, inGroup, policy);
  const found = await store.policiesOf(userPrincipal(user));
  assert.deepEqual(
    found.identity.map(({ name }) => name),
    ["inline", OWN_POLICY, "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess", "of group"],
  );
  assert.equal(found.identity[1]?.document.statements[0]?.sid, "s3PutObject");
  assert.equal(found.boundary?.name, OWN_POLICY);
});

test("an attached policy that is missing lets nothing through", async () => {
  const { store } = newStore();
  const user = newUser("ann", { attachedPolicies: [OWN_POLICY] });
  await add(store, user);
  await assert.rejects(
    async () => store.policiesOf(userPrincipal(user)),
    (error) => error instanceof IamError && error.code === "Malformed",
  );
});

test("a user that was removed, or made anew under its name, has none of its policies", async () => {
  const { store } = newStore();
  const user = newUser("ann", { inlinePolicies: [{ policyName: "i", document: allow("*") }] });
  await add(store, user);
  const principal = userPrincipal(user);
  assert.equal((await store.policiesOf(principal)).identity.length, 1);
  await store.change(async (transaction) => {
    const found = await transaction.findByName("user", ACCOUNT, "ann");
    assert.ok(found !== null);
    transaction.remove(found);
  });
  assert.equal((await store.policiesOf(principal)).identity.length, 0);
  await add(store, { ...user, id: "AIDASECOND" });
  assert.equal((await store.policiesOf(principal)).identity.length, 0);
});

test("[L-139] a decision is made at once while nothing changes, and anew as soon as any process changed something", async () => {
  const { records, store } = newStore();
  const elsewhere = newStore(records).store;
  const user = newUser("ann", { inlinePolicies: [{ policyName: "i", document: allow("s3:GetObject") }] });
  await add(elsewhere, user);
  const authorization = new Authorization(store);
  const request = asked(userPrincipal(user), "s3:GetObject");
  assert.equal((await authorization.decide(request, null)).allowed, true);
  const atOnce = authorization.decide(request, null);
  assert.ok(!(atOnce instanceof Promise));
  assert.equal(atOnce.allowed, true);
  await elsewhere.change(async (transaction) => {
    const found = await transaction.findById("user", ACCOUNT, user.id);
    if (found !== null) transaction.put({ ...found, inlinePolicies: [] });
  });
  assert.equal((await authorization.decide(request, null)).allowed, false);
});

test("[L-167] a session's policies are added to what is cached, never kept with it", async () => {
  const { store } = newStore();
  const user = newUser("ann", { inlinePolicies: [{ policyName: "i", document: allow("s3:*") }] });
  await add(store, user);
  const authorization = new Authorization(store);
  const request = asked(userPrincipal(user), "s3:GetObject");
  const narrow = [{ name: "session", document: store.compile("identity", allow("s3:PutObject")) }];
  assert.equal((await authorization.decide(request, null, narrow)).allowed, false);
  assert.equal((await authorization.decide(request, null)).allowed, true);
  assert.equal((await authorization.decide(request, null, [])).allowed, false);
});

test("changes of one record by many at once are all kept", async () => {
  const { records, store } = newStore();
  const stores = [store, newStore(records).store, newStore(records).store];
  await add(store, newUser("ann"));
  await Promise.all(
    Array.from({ length: 30 }, (_, at) =>
      stores[at % 3]?.change(async (transaction) => {
        const user = await transaction.findByName("user", ACCOUNT, "ann");
        assert.ok(user !== null);
        transaction.put({ ...user, tags: [...user.tags, { key: String(at), value: "" }] });
      }),
    ),
  );
  assert.equal((await store.findUser(ACCOUNT, "ann"))?.tags.length, 30);
});

test("a name is found and taken in any case; listing is by name", async () => {
  const { store } = newStore();
  await add(store, newUser("Bob"), newUser("ann"), newUser("Carl"));
  assert.equal((await store.findUser(ACCOUNT, "Bob"))?.id, "AIDABOB");
  assert.equal((await store.findUser(ACCOUNT, "bob"))?.id, "AIDABOB");
  assert.equal(await store.reader.findId("user", ACCOUNT, "BOB"), "AIDABOB");
  for (const name of ["", "a/b", "../ann", "x".repeat(200), "\0"]) {
    assert.equal(await store.findUser(ACCOUNT, name), null, name);
  }
  const names = async (after: string | null, limit: number) =>
    (await store.page("user", ACCOUNT, after, limit)).map(({ name }) => name);
  assert.deepEqual(await names(null, 9), ["ann", "Bob", "Carl"]);
  assert.deepEqual(await names("ann", 1), ["Bob"]);
  assert.deepEqual(await store.page("user", "999999999999", null, 9), []);
});

test("each of AWS's policies compiles, and has an ARN, id and name of its own", () => {
  const policies = listAwsManagedPolicies();
  const { store } = newStore();
  assert.ok(policies.length >= 10);
  for (const field of ["arn", "id", "name"] as const) {
    assert.equal(new Set(policies.map((each) => each[field])).size, policies.length, field);
  }
  for (const { document, id } of policies) {
    assert.match(id, /^ANPA[A-Z0-9]{17}$/);
    const compiled: PrincipalPolicies["identity"][number]["document"] = store.compile("identity", document);
    assert.ok(compiled.statements.length > 0);
  }
});
