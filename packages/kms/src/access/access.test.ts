import assert from "node:assert/strict";
import { test } from "node:test";
import { ACCOUNT, bytesOf, OTHER_ACCOUNT, ServiceFixture } from "../service-fixture.ts";

const plaintext = Buffer.from("plain");
const allow = (action: string | readonly string[], more: object = {}) => ({
  Effect: "Allow",
  Action: action,
  Resource: "*",
  ...more,
});
const DELEGATING = allow("kms:*", { Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` } });
const policyOf = (...statements: readonly object[]): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: statements });
const to = (user: string, account = ACCOUNT) => ({
  Principal: { AWS: `arn:aws:iam::${account}:user/${user}` },
});

test("[kms.md §0.8] IAM counts only where the key policy hands the question to the account", async () => {
  const f = new ServiceFixture();
  const able = f.user("able", [allow("kms:*")]);
  const input = (KeyId: string) => ({ KeyId, Plaintext: plaintext });
  const delegating = await f.createKey();
  assert.equal(await f.refusal("Encrypt", input(delegating.id), able), "allowed");
  assert.match(
    await f.refusal("Encrypt", input(delegating.id), f.user("unable")),
    /^AccessDeniedException: User: arn:aws:iam::\d+:user\/unable is not authorized to perform: kms:Encrypt on resource: arn:aws:kms:.* because no identity-based policy allows the kms:Encrypt action$/,
  );
  const named = await f.createKey({
    Policy: policyOf(allow("kms:*", to("owner"))),
    BypassPolicyLockoutSafetyCheck: true,
  });
  assert.equal(await f.refusal("Encrypt", input(named.id), f.user("owner")), "allowed");
  assert.match(
    await f.refusal("Encrypt", input(named.id), able),
    /because no resource-based policy allows the kms:Encrypt action$/,
  );
  // Root has no way around the policy either.
  assert.match(await f.refusal("Encrypt", input(named.id)), /^AccessDeniedException: /);
});

test("a key administrator cannot decrypt, and a data user cannot administer", async () => {
  const f = new ServiceFixture();
  const administration = [
    "kms:Create*",
    "kms:Describe*",
    "kms:Enable*",
    "kms:Disable*",
    "kms:Put*",
    "kms:ScheduleKeyDeletion",
  ];
  const use = ["kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey*", "kms:DescribeKey"];
  const { id } = await f.createKey({
    Policy: policyOf(DELEGATING, allow(administration, to("admin")), allow(use, to("reader"))),
  });
  const [admin, reader] = [f.user("admin"), f.user("reader")];
  const { CiphertextBlob } = await f.run("Encrypt", { KeyId: id, Plaintext: plaintext }, reader);
  assert.equal(await f.refusal("Decrypt", { CiphertextBlob }, reader), "allowed");
  assert.match(await f.refusal("Decrypt", { CiphertextBlob }, admin), /^AccessDeniedException: /);
  for (const operation of ["DisableKey", "ScheduleKeyDeletion", "PutKeyPolicy", "GetKeyPolicy"]) {
    const input = { KeyId: id, ...(operation === "PutKeyPolicy" ? { Policy: policyOf(DELEGATING) } : {}) };
    assert.match(await f.refusal(operation, input, reader), /^AccessDeniedException: /, operation);
  }
  assert.equal(await f.refusal("DisableKey", { KeyId: id }, admin), "allowed");
});

test("an explicit deny wins; a change of policy bites at once", async () => {
  const f = new ServiceFixture();
  const { id } = await f.createKey();
  const user = f.user("u", [allow("kms:*")]);
  const input = { KeyId: id, Plaintext: plaintext };
  assert.equal(await f.refusal("Encrypt", input, user), "allowed");
  const denial = { Effect: "Deny", Action: "kms:Encrypt", Resource: "*", ...to("u") };
  await f.run("PutKeyPolicy", { KeyId: id, Policy: policyOf(DELEGATING, denial) });
  assert.match(await f.refusal("Encrypt", input, user), /with an explicit deny in a resource-based policy$/);
});

test("policies that are none, are too long, lock out or allow by absence are refused", async () => {
  const f = new ServiceFixture();
  const { id } = await f.createKey();
  const put = (Policy: string, more: object = {}) =>
    f.refusal("PutKeyPolicy", { KeyId: id, Policy, ...more });
  assert.match(await put("my policy"), /^MalformedPolicyDocumentException: /);
  assert.match(
    await put(policyOf(allow("kms:*", to("somebody")))),
    /^MalformedPolicyDocumentException: The new key policy will not allow you/,
  );
  const bypassed = { BypassPolicyLockoutSafetyCheck: true };
  const long = policyOf(DELEGATING, allow("kms:*", { ...to("x"), Sid: "a".repeat(33_000) }));
  assert.match(await put(long), /^(?:LimitExceeded|MalformedPolicyDocument)Exception: /);
  const permissive = allow("kms:Decrypt", {
    Principal: { AWS: "*" },
    Condition: { "ForAllValues:StringEquals": { "kms:EncryptionContext:team": "a" } },
  });
  assert.match(
    await put(policyOf(DELEGATING, permissive), bypassed),
    /OverlyPermissiveCondition:EncryptionContext/,
  );
  assert.match(await put(policyOf(DELEGATING), { PolicyName: "other" }), /^NotFoundException: /);
  assert.equal(await put(policyOf(allow("kms:*", to("somebody"))), bypassed), "allowed");
  assert.match(await put(policyOf(DELEGATING)), /^AccessDeniedException: /);
});

test("[kms.md §2.4] condition keys: context, alias, tags, caller, service, algorithms", async () => {
  const cases: readonly (readonly [string, object, object, object])[] = [
    [
      "EncryptionContext",
      { StringEquals: { "kms:EncryptionContext:team": "red" } },
      { EncryptionContext: { team: "red" } },
      { EncryptionContext: { team: "blue" } },
    ],
    [
      "case of the name",
      { StringEquals: { "kms:EncryptionContext:Team": "red" } },
      { EncryptionContext: { TEAM: "red" } },
      {},
    ],
    [
      "EncryptionContextKeys",
      { "ForAnyValue:StringEquals": { "kms:EncryptionContextKeys": "team" } },
      { EncryptionContext: { team: "x" } },
      { EncryptionContext: { t: "x" } },
    ],
    [
      "EncryptionAlgorithm",
      { StringEquals: { "kms:EncryptionAlgorithm": "SYMMETRIC_DEFAULT" } },
      {},
      { EncryptionAlgorithm: "RSAES_OAEP_SHA_1" },
    ],
    ["RequestAlias", { StringEquals: { "kms:RequestAlias": "alias/a" } }, { KeyId: "alias/a" }, {}],
    [
      "ResourceAliases",
      { "ForAnyValue:StringEquals": { "kms:ResourceAliases": "alias/a" } },
      {},
      { KeyId: "other" },
    ],
    ["ResourceTag", { StringEquals: { "aws:ResourceTag/team": "red" } }, {}, { KeyId: "other" }],
    ["CallerAccount", { StringEquals: { "kms:CallerAccount": ACCOUNT } }, {}, { KeyId: "no statement" }],
    [
      "KeySpec",
      {
        StringEquals: {
          "kms:KeySpec": "SYMMETRIC_DEFAULT",
          "kms:KeyUsage": "ENCRYPT_DECRYPT",
          "kms:KeyOrigin": "AWS_KMS",
        },
      },
      {},
      { KeyId: "no statement" },
    ],
    ["MultiRegion", { Bool: { "kms:MultiRegion": "false" } }, {}, { KeyId: "no statement" }],
  ];
  for (const [name, Condition, good, bad] of cases) {
    const f = new ServiceFixture();
    const Policy = policyOf(DELEGATING, allow("kms:Encrypt", { ...to("u"), Condition }));
    const { id } = await f.createKey({ Policy, Tags: [{ TagKey: "Team", TagValue: "red" }] });
    await f.run("CreateAlias", { AliasName: "alias/a", TargetKeyId: id });
    const plain = await f.createKey({ Policy });
    const silent = await f.createKey();
    const ids: Readonly<Record<string, string>> = { other: plain.id, "no statement": silent.id };
    const inputOf = (more: object) => {
      const input = { KeyId: id, Plaintext: plaintext, ...more };
      return { ...input, KeyId: ids[input.KeyId] ?? input.KeyId };
    };
    assert.equal(await f.refusal("Encrypt", inputOf(good), f.user("u")), "allowed", name);
    assert.match(await f.refusal("Encrypt", inputOf(bad), f.user("u")), /^AccessDeniedException: /, name);
  }
});

test("[kms.md §2.4] ViaService is said by our own services alone", async () => {
  const f = new ServiceFixture();
  const service = "s3.us-east-1.amazonaws.com";
  const Condition = { StringEquals: { "kms:ViaService": service } };
  const Policy = policyOf(DELEGATING, allow("kms:GenerateDataKey", { ...to("u"), Condition }));
  const { arn } = await f.createKey({ Policy });
  const request = { caller: f.user("u"), keyId: arn, encryptionContext: {} };
  await assert.rejects(f.service.generateDataKey(request), { code: "AccessDeniedException" });
  const through = { ...request, caller: { ...f.user("u"), viaService: service } };
  assert.equal((await f.service.generateDataKey(through)).keyArn, arn);
});

test("[kms.md §2.1] across accounts: both sides must allow, and only some operations exist", async () => {
  const f = new ServiceFixture();
  const Policy = policyOf(
    DELEGATING,
    allow("kms:*", { Principal: { AWS: `arn:aws:iam::${OTHER_ACCOUNT}:root` } }),
  );
  const shared = await f.createKey({ Policy });
  const own = await f.createKey();
  const able = f.user("far", [allow("kms:*")], OTHER_ACCOUNT);
  const unable = f.user("farther", [], OTHER_ACCOUNT);
  const input = { KeyId: shared.arn, Plaintext: plaintext };
  assert.equal(await f.refusal("Encrypt", input, able), "allowed");
  const refused = await f.refusal("Encrypt", input, unable);
  assert.match(
    refused,
    /because the resource does not exist in this Region, no resource-based policies allow access/,
  );
  const absent = shared.arn.replace(shared.id, "134f2428-cec1-4b25-a1ae-9048164dba47");
  const without = (text: string) => text.replace(/key\/[0-9a-f-]+/, "key");
  assert.equal(
    without(await f.refusal("Encrypt", { ...input, KeyId: absent }, able)),
    without(refused).replace("farther", "far"),
  );
  assert.equal(
    without(await f.refusal("Encrypt", { ...input, KeyId: own.arn }, able)),
    without(refused).replace("farther", "far"),
  );
  assert.match(await f.refusal("DisableKey", { KeyId: shared.arn }, able), /^AccessDeniedException: /);
  assert.match(await f.refusal("Encrypt", { ...input, KeyId: shared.id }, able), /^NotFoundException: /);
});

test("[kms.md §2.1] alias operations need the alias and every key; ReEncrypt needs both halves", async () => {
  const f = new ServiceFixture();
  const { id } = await f.createKey();
  const aliasOnly = f.user("alias", [
    { Effect: "Allow", Action: "kms:CreateAlias", Resource: "arn:aws:kms:*:*:alias/*" },
  ]);
  const keyOnly = f.user("key", [
    { Effect: "Allow", Action: "kms:CreateAlias", Resource: "arn:aws:kms:*:*:key/*" },
  ]);
  const both = f.user("both", [allow("kms:CreateAlias")]);
  const input = { AliasName: "alias/x", TargetKeyId: id };
  assert.match(await f.refusal("CreateAlias", input, aliasOnly), /^AccessDeniedException: /);
  assert.match(await f.refusal("CreateAlias", input, keyOnly), /^AccessDeniedException: /);
  assert.equal(await f.refusal("CreateAlias", input, both), "allowed");

  const other = await f.createKey();
  const { CiphertextBlob } = await f.run("Encrypt", { KeyId: id, Plaintext: plaintext });
  const move = { CiphertextBlob, DestinationKeyId: other.id };
  assert.match(
    await f.refusal("ReEncrypt", move, f.user("from", [allow("kms:ReEncryptFrom")])),
    /kms:ReEncryptTo/,
  );
  assert.match(
    await f.refusal("ReEncrypt", move, f.user("to", [allow("kms:ReEncryptTo")])),
    /^AccessDeniedException: /,
  );
  const moved = await f.run("ReEncrypt", move, f.user("mover", [allow("kms:ReEncrypt*")]));
  assert.equal(moved["KeyId"], other.arn);
  const opened = await f.run("Decrypt", { CiphertextBlob: bytesOf(moved, "CiphertextBlob") });
  assert.equal(bytesOf(opened, "Plaintext").toString(), "plain");
});

test("[kms.md §1.7] states × operations, with AWS's texts", async () => {
  const f = new ServiceFixture();
  const texts = {
    Disabled: "is disabled.",
    PendingDeletion: "is pending deletion.",
    PendingImport: "is pending import.",
  } as const;
  const keyIn = async (state: keyof typeof texts) => {
    const key = await f.createKey(state === "PendingImport" ? { Origin: "EXTERNAL" } : {});
    if (state === "Disabled") await f.run("DisableKey", { KeyId: key.id });
    if (state === "PendingDeletion") await f.run("ScheduleKeyDeletion", { KeyId: key.id });
    return key;
  };
  const grant = { GranteePrincipal: ACCOUNT, Operations: ["Decrypt"] };
  const inputs: Readonly<Record<string, object>> = {
    Encrypt: { Plaintext: plaintext },
    GenerateDataKey: { KeySpec: "AES_256" },
    GenerateDataKeyWithoutPlaintext: { KeySpec: "AES_256" },
    CreateGrant: grant,
    EnableKey: {},
    DisableKey: {},
    RotateKeyOnDemand: {},
    TagResource: { Tags: [] },
    UntagResource: { TagKeys: [] },
    UpdateKeyDescription: { Description: "d" },
    ScheduleKeyDeletion: {},
    DescribeKey: {},
    GetKeyPolicy: {},
    ListGrants: {},
    ListResourceTags: {},
    GetKeyRotationStatus: {},
    ListKeyRotations: {},
  };
  const allowed: Readonly<Record<keyof typeof texts, ReadonlySet<string>>> = {
    Disabled: new Set(
      Object.keys(inputs).filter((name) => !/^(?:Encrypt|Generate|CreateGrant|Rotate)/.test(name)),
    ),
    PendingDeletion: new Set([
      "DescribeKey",
      "GetKeyPolicy",
      "ListGrants",
      "ListResourceTags",
      "GetKeyRotationStatus",
      "ListKeyRotations",
    ]),
    PendingImport: new Set(
      Object.keys(inputs).filter(
        (name) => !/^(?:Encrypt|Generate|CreateGrant|Rotate|EnableKey|DisableKey)/.test(name),
      ),
    ),
  };
  let checked = 0;
  for (const state of ["Disabled", "PendingDeletion", "PendingImport"] as const) {
    for (const [operation, more] of Object.entries(inputs)) {
      const { id, arn } = await keyIn(state);
      const code = state === "Disabled" ? "DisabledException" : "KMSInvalidStateException";
      const wanted = allowed[state].has(operation) ? "allowed" : `${code}: ${arn} ${texts[state]}`;
      assert.equal(await f.refusal(operation, { KeyId: id, ...more }), wanted, `${operation} in ${state}`);
      checked += 1;
    }
  }
  assert.equal(checked, 51);
  const { id, arn } = await f.createKey();
  assert.equal(
    await f.refusal("CancelKeyDeletion", { KeyId: id }),
    `KMSInvalidStateException: ${arn} is not pending deletion.`,
  );
});

test("[kms.md §2.1] who is made anew under an old name inherits neither policy nor grant", async () => {
  const f = new ServiceFixture();
  const user = f.user("heir");
  const Policy = policyOf(DELEGATING, allow("kms:Encrypt", to("heir")));
  const { id } = await f.createKey({ Policy });
  await f.run("CreateGrant", { KeyId: id, ...grantTo("heir"), Operations: ["Encrypt", "Decrypt"] });
  const { CiphertextBlob } = await f.run("Encrypt", { KeyId: id, Plaintext: plaintext }, user);
  assert.equal(await f.refusal("Decrypt", { CiphertextBlob }, user), "allowed");
  f.remakeUser("heir");
  const heir = f.user("heir");
  assert.match(
    await f.refusal("Encrypt", { KeyId: id, Plaintext: plaintext }, heir),
    /^AccessDeniedException: /,
  );
  assert.match(await f.refusal("Decrypt", { CiphertextBlob }, heir), /^AccessDeniedException: /);
  assert.equal((await f.run("GetKeyPolicy", { KeyId: id }))["Policy"], Policy);
});

test("principals there are none of: policies and grants that name them are refused", async () => {
  const f = new ServiceFixture();
  const { id } = await f.createKey();
  const Policy = policyOf(DELEGATING, allow("kms:Encrypt", to("nobody")));
  const wanted =
    "MalformedPolicyDocumentException: Policy contains a statement with one or more invalid principals.";
  assert.equal(await f.refusal("PutKeyPolicy", { KeyId: id, Policy }), wanted);
  assert.equal(await f.refusal("CreateKey", { Policy, BypassPolicyLockoutSafetyCheck: true }), wanted);
  const grant = { KeyId: id, ...grantTo("nobody"), Operations: ["Encrypt"] };
  assert.match(
    await f.refusal("CreateGrant", grant),
    /^InvalidArnException: ARN does not refer to a valid principal: /,
  );
});

const grantTo = (user: string) => ({ GranteePrincipal: `arn:aws:iam::${ACCOUNT}:user/${user}` });
