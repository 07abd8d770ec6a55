import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { ManualClock } from "@strongroom/base";
import { exportJWK, generateKeyPair } from "jose";
import { issuerName } from "./identity-claims.ts";
import { ProviderKeys } from "./provider-keys.ts";

const ISSUER = "https://id.example.com";

async function jwk(kid: string): Promise<object> {
  const { publicKey } = await generateKeyPair("ES256", { extractable: true });
  return { ...(await exportJWK(publicKey)), kid, alg: "ES256" };
}

test("an unknown key id makes the keys be fetched again, but not at every token", async (t: TestContext) => {
  t.mock.timers.enable({ apis: ["Date"], now: 1_000_000 });
  let keys = [await jwk("one")];
  const fetched: string[] = [];
  const provider = new ProviderKeys(async (url) => {
    fetched.push(url);
    return JSON.stringify(url.endsWith("/keys") ? { keys } : { issuer: ISSUER, jwks_uri: `${ISSUER}/keys` });
  }, new ManualClock(0));
  const find = async (kid: string): Promise<unknown> =>
    (await provider.keysOf(ISSUER))({ alg: "ES256", kid }, { payload: "", signature: "" });
  await find("one");
  keys = [await jwk("two")];
  await assert.rejects(find("two"));
  assert.equal(fetched.length, 2);
  t.mock.timers.setTime(1_000_000 + 30_001);
  await find("two");
  assert.equal(fetched.length, 3);
  await assert.rejects(find("one"));
  assert.equal(fetched.length, 3);
});

test("many tokens at once ask a provider once", async () => {
  const keys = [await jwk("one")];
  let fetched = 0;
  const provider = new ProviderKeys(async (url) => {
    fetched++;
    return JSON.stringify(url.endsWith("/keys") ? { keys } : { issuer: ISSUER, jwks_uri: `${ISSUER}/keys` });
  }, new ManualClock(0));
  const all = Array.from({ length: 50 }, async () =>
    (await provider.keysOf(ISSUER))({ alg: "ES256", kid: "one" }, { payload: "", signature: "" }),
  );
  await Promise.all(all);
  assert.equal(fetched, 2);
});

test("an issuer is registered by host in lower case and path", () => {
  assert.equal(issuerName("https://ID.Example.com/Tenant/"), "id.example.com/Tenant");
  assert.equal(issuerName("https://id.example.com:8443"), "id.example.com:8443");
});
