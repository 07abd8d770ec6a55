import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import { exportJWK, exportSPKI, generateKeyPair, type JWTPayload, SignJWT, UnsecuredJWT } from "jose";
import { arnOf } from "../../identities/entities.ts";
import { sessionContext } from "../../sessions/session-context.ts";
import { NOW_MS, policyOf, StsFixture } from "../sts-fixture.ts";
import { DocumentUnavailableError } from "../web-identity/fetch-document.ts";

const ISSUER = "https://id.example.com/tenant";
const NAME = "id.example.com/tenant";
const CLIENT = "strongroom-client";
const NOW_SECONDS = NOW_MS / 1000;
const CONFIGURATION = `${ISSUER}/.well-known/openid-configuration`;

interface Provider {
  readonly documents: Map<string, string>;
  readonly fetched: string[];
  rotate(kid: string): Promise<void>;
  sign(claims?: JWTPayload, header?: object): Promise<string>;
  publicKeyPem(): Promise<string>;
}

async function makeProvider(): Promise<Provider> {
  const documents = new Map([
    [CONFIGURATION, JSON.stringify({ issuer: ISSUER, jwks_uri: `${ISSUER}/keys` })],
  ]);
  let pair = await generateKeyPair("ES256", { extractable: true });
  let current = "";
  const provider: Provider = {
    documents,
    fetched: [],
    async rotate(kid) {
      pair = await generateKeyPair("ES256", { extractable: true });
      current = kid;
      const jwk = { ...(await exportJWK(pair.publicKey)), kid, alg: "ES256", use: "sig" };
      documents.set(`${ISSUER}/keys`, JSON.stringify({ keys: [jwk] }));
    },
    sign: (claims = {}, header = {}) =>
      new SignJWT({ ...plainClaims(), ...claims })
        .setProtectedHeader({ alg: "ES256", kid: current, ...header })
        .sign(pair.privateKey),
    publicKeyPem: () => exportSPKI(pair.publicKey),
  };
  await provider.rotate("one");
  return provider;
}

const plainClaims = (): JWTPayload => ({
  iss: ISSUER,
  sub: "user-7",
  aud: CLIENT,
  iat: NOW_SECONDS - 10,
  exp: NOW_SECONDS + 300,
});

async function identityFixture(condition: object = {}) {
  const fixture = await StsFixture.make();
  const provider = await makeProvider();
  const services = fixture.servicesWith(async (url) => {
    provider.fetched.push(url);
    const text = provider.documents.get(url);
    if (text === undefined) throw new DocumentUnavailableError(`${url} is not there`);
    return text;
  });
  await fixture.addProvider(NAME, [CLIENT, "other-client"]);
  const { accountId } = fixture.account;
  const providerArn = `arn:aws:iam::${accountId}:oidc-provider/${NAME}`;
  const role = await fixture.addRole(
    "web",
    policyOf({
      Principal: { Federated: providerArn },
      Action: ["sts:AssumeRoleWithWebIdentity", "sts:TagSession", "sts:SetSourceIdentity"],
      Condition: { StringEquals: { [`${NAME}:aud`]: CLIENT, ...condition } },
    }),
  );
  const assume = async (WebIdentityToken: string, more: Readonly<Record<string, string>> = {}) =>
    fixture.call(
      "AssumeRoleWithWebIdentity",
      null,
      { RoleArn: arnOf(role), RoleSessionName: "web-7", WebIdentityToken, ...more },
      services,
    );
  return { fixture, provider, role, providerArn, assume };
}

test("a token of a registered provider is exchanged for a session that remembers whose it was", async () => {
  const { fixture, provider, role, providerArn, assume } = await identityFixture({
    [`${NAME}:sub`]: "user-7",
  });
  const answer = await assume(await provider.sign());
  assert.equal(answer.get("SubjectFromWebIdentityToken"), "user-7");
  assert.equal(answer.get("Audience"), CLIENT);
  assert.equal(answer.get("AssumedRoleUser.AssumedRoleId"), `${role.id}:web-7`);
  assert.equal(answer.get("Provider"), providerArn);
  const { session } = await fixture.asSession(answer);
  const context = sessionContext(session, NOW_MS);
  assert.deepEqual(context.find(`${NAME}:sub`), ["user-7"]);
  assert.deepEqual(context.find(`${NAME}:aud`), [CLIENT]);
  assert.deepEqual(context.find("aws:federatedprovider"), [providerArn]);
});

test("the trust policy decides by audience and subject, and names nothing when it refuses", async () => {
  const { fixture, provider, assume } = await identityFixture({ [`${NAME}:sub`]: "user-7" });
  const refusal = {
    code: "AccessDenied",
    message: "Not authorized to perform sts:AssumeRoleWithWebIdentity",
  };
  await assert.rejects(assume(await provider.sign({ sub: "user-8" })), refusal);
  await assert.rejects(assume(await provider.sign({ aud: "other-client" })), refusal);
  const RoleArn = `arn:aws:iam::${fixture.account.accountId}:role/nobody`;
  await assert.rejects(assume(await provider.sign(), { RoleArn }), refusal);
});

test("an audience that was not registered, or a provider that was not, is refused before the role is looked at", async () => {
  const { provider, assume } = await identityFixture();
  await assert.rejects(assume(await provider.sign({ aud: "stranger" })), {
    code: "InvalidIdentityToken",
    message: "Incorrect token audience",
  });
  await assert.rejects(assume(await provider.sign({ iss: "https://evil.example.com" })), {
    code: "InvalidIdentityToken",
    message: "No OpenIDConnect provider found in your account for https://evil.example.com",
  });
  assert.ok(provider.fetched.every((url) => url.startsWith(ISSUER)));
});

test("times count: expired, not yet valid, or without an end", async () => {
  const { provider, assume } = await identityFixture();
  const exp = NOW_SECONDS - 31;
  await assert.rejects(assume(await provider.sign({ exp })), {
    code: "ExpiredTokenException",
    message: `Token expired: current date/time ${NOW_SECONDS} must be before the expiration date/time ${exp}`,
  });
  await assert.rejects(assume(await provider.sign({ nbf: NOW_SECONDS + 60 })), {
    code: "InvalidIdentityToken",
  });
  for (const missing of ["exp", "iat", "sub", "aud"])
    await assert.rejects(assume(await provider.sign({ [missing]: undefined })), {
      code: "InvalidIdentityToken",
    });
});

test("no token is accepted unsigned, with a MAC by the public key, changed, or by a key of somebody else", async () => {
  const { provider, assume } = await identityFixture();
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const unsigned = new UnsecuredJWT(plainClaims()).encode();
  const input = `${encode({ alg: "HS256", kid: "one" })}.${encode(plainClaims())}`;
  const mac = createHmac("sha256", await provider.publicKeyPem())
    .update(input)
    .digest("base64url");
  const genuine = await provider.sign();
  const [header = "", , signature = ""] = genuine.split(".");
  const changed = `${header}.${encode({ ...plainClaims(), sub: "admin" })}.${signature}`;
  const stranger = await (await makeProvider()).sign();
  const critical = await provider.sign({}, { typ: "JWT" });
  const garbage = ["x.y.z", "....", `${genuine}.x`, genuine.slice(0, -4), "A".repeat(19_000)];
  for (const token of [unsigned, `${input}.${mac}`, changed, stranger, ...garbage])
    await assert.rejects(assume(token), (error) => {
      assert.ok(
        error instanceof Error && "code" in error && error.code === "InvalidIdentityToken",
        String(error),
      );
      assert.ok(!error.message.includes(token));
      return true;
    });
  await assume(critical);
  await assert.rejects(assume("A".repeat(20_001)), { code: "ValidationError", message: /\[secret\]/ });
});

test("keys are fetched once, and again when the provider has new ones", async () => {
  const { fixture, provider, assume } = await identityFixture();
  await assume(await provider.sign());
  await assume(await provider.sign());
  assert.deepEqual(provider.fetched, [CONFIGURATION, `${ISSUER}/keys`]);
  fixture.clock.advance(3_600_001);
  await provider.rotate("two");
  const times = { iat: NOW_SECONDS + 3600, exp: NOW_SECONDS + 7200 };
  await assume(await provider.sign(times));
  assert.equal(provider.fetched.length, 4);
});

test("a provider that cannot be reached, or does not answer as one, is said to be so", async () => {
  for (const text of [
    undefined,
    "no JSON",
    JSON.stringify({ issuer: "https://other.example.com", jwks_uri: `${ISSUER}/keys` }),
    JSON.stringify({ issuer: ISSUER, jwks_uri: "http://id.example.com/keys" }),
    JSON.stringify({ issuer: ISSUER }),
    JSON.stringify({ issuer: ISSUER, jwks_uri: "https://id.example.com/gone" }),
  ]) {
    const { provider, assume } = await identityFixture();
    if (text === undefined) provider.documents.delete(CONFIGURATION);
    else provider.documents.set(CONFIGURATION, text);
    await assert.rejects(assume(await provider.sign()), { code: "IDPCommunicationError" });
  }
  const { provider, assume } = await identityFixture();
  provider.documents.set(`${ISSUER}/keys`, JSON.stringify({ keys: [] }));
  await assert.rejects(assume(await provider.sign()), {
    code: "InvalidIdentityToken",
    message: /verification key/,
  });
});

test("a provider may tag the session and name its source", async () => {
  const { fixture, provider, assume } = await identityFixture();
  const claims = {
    "https://aws.amazon.com/tags": { principal_tags: { team: ["audit"] }, transitive_tag_keys: ["team"] },
    "https://aws.amazon.com/source_identity": "user-7",
  };
  const answer = await assume(await provider.sign(claims));
  assert.equal(answer.get("SourceIdentity"), "user-7");
  const { session, principal } = await fixture.asSession(answer);
  assert.deepEqual([...(session?.tags ?? [])], [["team", "audit"]]);
  assert.ok(principal.kind === "role-session" && principal.tags.get("team") === "audit");
  const reserved = { "https://aws.amazon.com/tags": { principal_tags: { "aws:x": ["y"] } } };
  await assert.rejects(assume(await provider.sign(reserved)), { code: "InvalidParameterValue" });
});
