import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ACCOUNT, bytesOf, OTHER_ACCOUNT, ServiceFixture } from "../service-fixture.ts";
import { type Grant, meetsConstraints } from "./grant.ts";

const plaintext = Buffer.from("plain");
const arnOf = (name: string, account = ACCOUNT): string => `arn:aws:iam::${account}:user/${name}`;

interface Granted {
  readonly GrantId: string;
  readonly GrantToken: string;
}

async function grant(f: ServiceFixture, KeyId: string, input: object, caller = f.root()): Promise<Granted> {
  const output = await f.run("CreateGrant", { KeyId, ...input }, caller);
  return { GrantId: String(output["GrantId"]), GrantToken: String(output["GrantToken"]) };
}

test("[kms.md §1.4 G] a grant allows what it lists, to its grantee, at once and in every process", async () => {
  const f = new ServiceFixture();
  const { id, arn } = await f.createKey();
  const user = f.user("grantee");
  const other = f.anotherProcess();
  const request = { caller: user, keyId: arn, encryptionContext: {} };
  await assert.rejects(other.generateDataKey(request), { code: "AccessDeniedException" });
  const { GrantId } = await grant(f, id, {
    GranteePrincipal: arnOf("grantee"),
    Operations: ["GenerateDataKey"],
  });
  assert.match(GrantId, /^[0-9a-f]{64}$/);
  const { ciphertextBlob } = await other.generateDataKey(request);
  await assert.rejects(other.decrypt({ ...request, keyId: null, ciphertextBlob }), {
    code: "AccessDeniedException",
  });
  await assert.rejects(other.generateDataKey({ ...request, caller: f.user("somebody") }), {
    code: "AccessDeniedException",
  });
  await f.run("RevokeGrant", { KeyId: id, GrantId });
  await assert.rejects(other.generateDataKey(request), { code: "AccessDeniedException" });
  assert.match(await f.refusal("RevokeGrant", { KeyId: id, GrantId }), /^NotFoundException: /);
});

test("constraints: Equals is the whole context, Subset is a part of it", async () => {
  const f = new ServiceFixture();
  const { id } = await f.createKey();
  const Operations = ["Encrypt", "Decrypt", "DescribeKey"];
  const pairs = { team: "red" };
  await grant(f, id, {
    GranteePrincipal: arnOf("equals"),
    Operations,
    Constraints: { EncryptionContextEquals: pairs },
  });
  await grant(f, id, {
    GranteePrincipal: arnOf("subset"),
    Operations,
    Constraints: { EncryptionContextSubset: pairs },
  });
  const attempt = (name: string, EncryptionContext: object) =>
    f.refusal("Encrypt", { KeyId: id, Plaintext: plaintext, EncryptionContext }, f.user(name));
  assert.equal(await attempt("equals", { team: "red" }), "allowed");
  assert.equal(await attempt("subset", { team: "red", more: "x" }), "allowed");
  for (const [name, context] of [
    ["equals", { team: "red", more: "x" }],
    ["equals", {}],
    ["subset", {}],
    ["subset", { team: "blue" }],
  ] as const) {
    assert.match(
      await attempt(name, context),
      /^AccessDeniedException: /,
      `${name} ${JSON.stringify(context)}`,
    );
  }
  assert.equal(await f.refusal("DescribeKey", { KeyId: id }, f.user("equals")), "allowed");
});

test("a grant never widens with its constraint: what Equals allows, Subset of the same allows", () => {
  const pairs = fc.dictionary(fc.constantFrom("a", "b", "c"), fc.constantFrom("1", "2"), { maxKeys: 3 });
  const base = { operations: ["Encrypt"], contextEquals: undefined, contextSubset: undefined } as const;
  const withConstraint = (more: object): Grant => Object.assign({}, base, more) as unknown as Grant;
  fc.assert(
    fc.property(pairs, pairs, (constraint, context) => {
      const equals = meetsConstraints(
        withConstraint({ contextEquals: constraint }),
        "Encrypt",
        context,
        null,
      );
      const subset = meetsConstraints(
        withConstraint({ contextSubset: constraint }),
        "Encrypt",
        context,
        null,
      );
      assert.ok(!equals || subset);
      assert.equal(meetsConstraints(withConstraint({}), "Encrypt", context, null), true);
    }),
  );
});

test("who may pass a grant on gives no more than they have", async () => {
  const f = new ServiceFixture();
  const { id } = await f.createKey();
  const Constraints = { EncryptionContextSubset: { team: "red" } };
  const Operations = ["Encrypt", "CreateGrant"];
  await grant(f, id, { GranteePrincipal: arnOf("middle"), Operations, Constraints });
  const middle = f.user("middle");
  const pass = (more: object) =>
    f.refusal(
      "CreateGrant",
      { KeyId: id, GranteePrincipal: arnOf("last"), Operations: ["Encrypt"], Constraints, ...more },
      middle,
    );
  assert.equal(await pass({}), "allowed");
  assert.equal(await pass({ Constraints: { EncryptionContextEquals: { team: "red", a: "b" } } }), "allowed");
  assert.match(await pass({ Operations: ["Decrypt"] }), /^AccessDeniedException: /);
  assert.match(await pass({ Constraints: undefined }), /^AccessDeniedException: /);
  assert.match(
    await pass({ Constraints: { EncryptionContextSubset: { a: "b" } } }),
    /^AccessDeniedException: /,
  );
});

test("retiring: its principal, the holder of RetireGrant, the key's account; by token or by id", async () => {
  const f = new ServiceFixture();
  const { id, arn } = await f.createKey();
  const make = (more: object = {}) =>
    grant(f, id, {
      GranteePrincipal: arnOf("grantee"),
      RetiringPrincipal: arnOf("retirer"),
      Operations: ["Encrypt"],
      ...more,
    });
  const one = await make();
  const listed = await f.run("ListRetirableGrants", { RetiringPrincipal: arnOf("retirer") });
  const [entry] = Array.isArray(listed["Grants"]) ? listed["Grants"] : [];
  assert.equal(Reflect.get(Object(entry), "GrantId"), one.GrantId);
  assert.equal(Reflect.get(Object(entry), "Name"), "");
  assert.equal(Reflect.get(Object(entry), "IssuingAccount"), `arn:aws:iam::${ACCOUNT}:root`);
  assert.match(
    await f.refusal("RetireGrant", { GrantToken: one.GrantToken }, f.user("grantee")),
    /^AccessDeniedException: /,
  );
  assert.equal(await f.refusal("RetireGrant", { GrantToken: one.GrantToken }, f.user("retirer")), "allowed");
  assert.match(
    await f.refusal("RetireGrant", { GrantToken: one.GrantToken }),
    /^InvalidGrantTokenException: /,
  );
  const two = await make({ Operations: ["Encrypt", "RetireGrant"] });
  assert.equal(
    await f.refusal("RetireGrant", { KeyId: arn, GrantId: two.GrantId }, f.user("grantee")),
    "allowed",
  );
  const three = await make();
  assert.equal(await f.refusal("RetireGrant", { KeyId: arn, GrantId: three.GrantId }), "allowed");
  assert.deepEqual((await f.run("ListGrants", { KeyId: id }))["Grants"], []);
});

test("a named grant made twice is one; an unnamed one is two", async () => {
  const f = new ServiceFixture();
  const { id } = await f.createKey();
  const input = { GranteePrincipal: arnOf("a"), Operations: ["Encrypt", "Decrypt"] };
  const [first, again] = [
    await grant(f, id, { ...input, Name: "n" }),
    await grant(f, id, { ...input, Name: "n" }),
  ];
  assert.equal(first.GrantId, again.GrantId);
  assert.notEqual(first.GrantToken, again.GrantToken);
  const changed = await grant(f, id, { ...input, Name: "n", Operations: ["Encrypt"] });
  assert.notEqual(changed.GrantId, first.GrantId);
  assert.notEqual((await grant(f, id, input)).GrantId, (await grant(f, id, input)).GrantId);
});

test("a grant to another account's principal needs nothing more; tokens of others are refused", async () => {
  const f = new ServiceFixture();
  const { id, arn } = await f.createKey();
  const far = f.user("far", [], OTHER_ACCOUNT);
  const { GrantToken } = await grant(f, id, {
    GranteePrincipal: arnOf("far", OTHER_ACCOUNT),
    Operations: ["Encrypt"],
  });
  const input = { KeyId: arn, Plaintext: plaintext };
  const answer = await f.run("Encrypt", { ...input, GrantTokens: [GrantToken] }, far);
  assert.equal(bytesOf(answer, "CiphertextBlob").length, 105);
  for (const token of ["x", `${GrantToken.slice(0, -2)}AA`, Buffer.alloc(80).toString("base64url")]) {
    assert.match(
      await f.refusal("Encrypt", { ...input, GrantTokens: [token] }),
      /^InvalidGrantTokenException: /,
    );
  }
});

test("grants that make no sense are refused", async () => {
  const f = new ServiceFixture();
  const { id } = await f.createKey();
  const signing = await f.createKey({ KeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY" });
  const good = { KeyId: id, GranteePrincipal: arnOf("a"), Operations: ["Encrypt"] };
  const nine = Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`k${i}`, "v"]));
  const bad: readonly (readonly [object, RegExp])[] = [
    [{ Operations: ["Sign"] }, /^ValidationException: /],
    [{ Operations: [] }, /^ValidationException: /],
    [{ Operations: ["DECRYPT"] }, /^ValidationException: 1 validation error/],
    [{ GranteePrincipal: "nobody" }, /^InvalidArnException: /],
    [{ GranteeServicePrincipal: "s3.amazonaws.com" }, /^ValidationException: /],
    [{ Constraints: { EncryptionContextEquals: nine } }, /^ValidationException: /],
    [{ Constraints: { EncryptionContextEquals: { k: "v".repeat(385) } } }, /^ValidationException: /],
    [
      { KeyId: signing.id, Operations: ["Sign"], Constraints: { EncryptionContextSubset: {} } },
      /^ValidationException: /,
    ],
    [{ Name: "has space" }, /^ValidationException: /],
  ];
  for (const [more, wanted] of bad)
    assert.match(await f.refusal("CreateGrant", { ...good, ...more }), wanted);
  assert.equal(await f.refusal("CreateGrant", good), "allowed");
});

test("pages of grants, and their end with the key", async () => {
  const f = new ServiceFixture();
  const { id } = await f.createKey();
  for (let i = 0; i < 5; i += 1)
    await grant(f, id, { GranteePrincipal: arnOf(`g${i}`), Operations: ["Encrypt"] });
  const seen = new Set<unknown>();
  let Marker: unknown;
  do {
    const page = await f.run("ListGrants", {
      KeyId: id,
      Limit: 2,
      ...(Marker === undefined ? {} : { Marker }),
    });
    for (const each of Array.isArray(page["Grants"]) ? page["Grants"] : [])
      seen.add(Reflect.get(Object(each), "GrantId"));
    Marker = page["NextMarker"];
  } while (Marker !== undefined);
  assert.equal(seen.size, 5);
  await f.run("ScheduleKeyDeletion", { KeyId: id, PendingWindowInDays: 7 });
  f.clock.advance(8 * 86_400_000);
  await f.service.maintain(() => assert.fail());
  // Nothing of the key is left but the service's generation and the page of its owner.
  assert.deepEqual(await f.records.list(Buffer.from([0, 0, 0, 3])), [Buffer.of(1)]);
});
