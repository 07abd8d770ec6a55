import assert from "node:assert/strict";
import { createSecretKey, randomBytes } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import type { Session, SessionHolder } from "./session.ts";
import { openSessionToken, sealSessionToken, TOKEN_MAX_LENGTH } from "./session-token.ts";

const sealingKey = createSecretKey(Buffer.alloc(32, 7));
const accessKeyId = "ASIAABCDEFGHIJKLMNOP";
const role: SessionHolder = {
  kind: "role",
  accountId: "111122223333",
  roleName: "reader",
  roleId: "AROAABCDEFGHIJKLMNOP",
  sessionName: "alice",
};
const plain: Session = {
  holder: role,
  issuedMs: 1_795_000_000_000,
  expiresMs: 1_795_003_600_000,
  policyText: null,
  policyArns: [],
  tags: new Map(),
  transitiveTagKeys: [],
  mfaAuthenticatedMs: null,
  sourceIdentity: null,
  conditionKeys: new Map(),
};

const plainObjects = { noNullPrototype: true } as const;
const word = fc.string({ maxLength: 20 });
const anyIssuer = fc.oneof(
  fc.record(
    { kind: fc.constant("user" as const), accountId: word, userName: word, userId: word },
    plainObjects,
  ),
  fc.record({ kind: fc.constant("root" as const), accountId: word }, plainObjects),
);
const anyHolder: fc.Arbitrary<SessionHolder> = fc.oneof(
  anyIssuer,
  fc.record(
    {
      kind: fc.constant("role" as const),
      accountId: word,
      roleName: word,
      roleId: word,
      sessionName: word,
    },
    plainObjects,
  ),
  fc.record(
    {
      kind: fc.constant("federated-user" as const),
      accountId: word,
      federatedName: word,
      issuer: anyIssuer,
    },
    plainObjects,
  ),
);
const anyTime = fc.nat(2 ** 45);
const anySession: fc.Arbitrary<Session> = fc.record(
  {
    holder: anyHolder,
    issuedMs: anyTime,
    expiresMs: anyTime,
    policyText: fc.option(fc.string({ maxLength: 200, unit: "grapheme" })),
    policyArns: fc.array(word, { maxLength: 3 }),
    tags: fc.array(fc.tuple(word, word), { maxLength: 3 }).map((pairs) => new Map(pairs)),
    transitiveTagKeys: fc.array(word, { maxLength: 3 }),
    mfaAuthenticatedMs: fc.option(anyTime),
    sourceIdentity: fc.option(word),
    conditionKeys: fc
      .array(fc.tuple(word, fc.array(word, { maxLength: 2 })), { maxLength: 3 })
      .map((pairs) => new Map(pairs)),
  },
  plainObjects,
);

test("whatever is sealed comes back, with a secret that only the token holds", () => {
  fc.assert(
    fc.property(anySession, fc.string({ maxLength: 30 }), (session, id) => {
      const { token, secretAccessKey } = sealSessionToken(sealingKey, id, session);
      const opened = openSessionToken(sealingKey, id, token);
      assert.deepEqual(opened.session, session);
      assert.ok(opened.secretAccessKey.expose().equals(secretAccessKey.expose()));
      assert.match(secretAccessKey.expose().toString("latin1"), /^[A-Za-z0-9+/]{40}$/);
    }),
  );
});

test("§2.3 a token of another server, or for another access key id, does not open", () => {
  const { token } = sealSessionToken(sealingKey, accessKeyId, plain);
  const other = createSecretKey(randomBytes(32));
  assert.throws(() => openSessionToken(other, accessKeyId, token), { code: "InvalidToken" });
  assert.throws(() => openSessionToken(sealingKey, "ASIAABCDEFGHIJKLMNOQ", token), { code: "InvalidToken" });
});

test("§2.2 §2.3 a token with any bit flipped, cut anywhere, or made longer does not open", () => {
  const { token } = sealSessionToken(sealingKey, accessKeyId, plain);
  const refuses = (changed: string): void =>
    assert.throws(() => openSessionToken(sealingKey, accessKeyId, changed), { code: "InvalidToken" });
  const bytes = Buffer.from(token, "base64url");
  let checked = 0;
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const flipped = Buffer.from(bytes);
    flipped.writeUInt8(flipped.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
    refuses(flipped.toString("base64url"));
    checked++;
  }
  for (let length = 0; length < token.length; length++) refuses(token.slice(0, length));
  assert.ok(checked > 800);
  refuses(`${token}A`);
  refuses(`${token}=`);
  refuses(` ${token}`);
});

test("§2.1 another spelling of the same bytes is another token", () => {
  // The last character of base64 text may hold bits that stand for nothing: those must be zero.
  fc.assert(
    fc.property(fc.nat(40), (nameLength) => {
      const session = { ...plain, sourceIdentity: "x".repeat(nameLength) };
      const { token } = sealSessionToken(sealingKey, accessKeyId, session);
      for (const last of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") {
        const changed = token.slice(0, -1) + last;
        if (changed === token) continue;
        assert.throws(() => openSessionToken(sealingKey, accessKeyId, changed), { code: "InvalidToken" });
      }
    }),
    { numRuns: 20 },
  );
});

test("§2.1 arbitrary text is never a token", () => {
  const anyText = fc.oneof(fc.string({ unit: "binary" }), fc.base64String(), fc.constant("A".repeat(9000)));
  fc.assert(
    fc.property(anyText, (text) => {
      assert.throws(() => openSessionToken(sealingKey, accessKeyId, text), { code: "InvalidToken" });
    }),
    { numRuns: 200 },
  );
});

test("§3 a token shows nothing of what it holds, stays small, and has a limit", () => {
  const policyText = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::reports/*" }],
  });
  const { token } = sealSessionToken(sealingKey, accessKeyId, { ...plain, policyText });
  assert.ok(token.length < 350, String(token.length));
  assert.ok(!Buffer.from(token, "base64url").includes("reports"));
  const huge = { ...plain, policyText: randomBytes(8192).toString("base64") };
  assert.throws(() => sealSessionToken(sealingKey, accessKeyId, huge), RangeError);
  assert.equal(TOKEN_MAX_LENGTH, 8192);
});
