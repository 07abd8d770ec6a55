import assert from "node:assert/strict";
import { test } from "node:test";
import { withoutSecrets } from "./without-secrets.ts";

const CASES: readonly (readonly [sent: string, told: string])[] = [
  ["/bucket/key", "/bucket/key"],
  ["/bucket?list-type=2&prefix=a%2Fb", "/bucket?list-type=2&prefix=a%2Fb"],
  [
    "/b/k?X-Amz-Credential=AKIA%2F20260206&X-Amz-Signature=00ff&versionId=1",
    "/b/k?X-Amz-Credential=AKIA%2F20260206&X-Amz-Signature=REDACTED&versionId=1",
  ],
  ["/b/k?x-amz-security-token=a=b&x", "/b/k?x-amz-security-token=REDACTED&x"],
  ["/b/k?X%2DAmz-%53ignature=00ff", "/b/k?X%2DAmz-%53ignature=REDACTED"],
  [
    "/b/k?AWSAccessKeyId=AKIA&Signature=vjby&Expires=1",
    "/b/k?AWSAccessKeyId=AKIA&Signature=REDACTED&Expires=1",
  ],
  [
    "/b/k?x-amz-server-side-encryption-customer-key=c2Vj&x-amz-server-side-encryption-customer-key-MD5=bWQ1",
    "/b/k?x-amz-server-side-encryption-customer-key=REDACTED&x-amz-server-side-encryption-customer-key-MD5=REDACTED",
  ],
  [
    "/b/k?SSECustomerAlgorithm=AES256&SSECustomerKey=c2Vj&SSECustomerKeyMD5=bWQ1",
    "/b/k?SSECustomerAlgorithm=AES256&SSECustomerKey=REDACTED&SSECustomerKeyMD5=REDACTED",
  ],
  ["https://page.example/a?X-Amz-Signature=00ff#top", "https://page.example/a?X-Amz-Signature=REDACTED#top"],
  ["/b/k?%zz=1&%zzX-Amz-Signature=1", "/b/k?%zz=1&%zzX-Amz-Signature=REDACTED"],
  ["/b/k??X-Amz-Signature=1", "/b/k??X-Amz-Signature=REDACTED"],
  ["/b/k?", "/b/k?"],
];

test("of an address nothing is told that proves or opens anything", () => {
  for (const [sent, told] of CASES) assert.equal(withoutSecrets(sent), told);
});

test("an address within an address keeps no secret either, however often it was encoded", () => {
  const inner = "https://b.example/k?X-Amz-Date=1&X-Amz-Signature=c0ffee";
  for (const nested of [
    "https://b.example/k?X-Amz-Signature=c0ffee",
    encodeURIComponent(inner),
    encodeURIComponent(encodeURIComponent(inner)),
    encodeURIComponent("?x-amz-server-side-encryption-customer-key=c0ffee"),
    encodeURIComponent("/k#X-Amz-Security-Token=c0ffee"),
  ])
    assert.equal(
      withoutSecrets(`https://viewer.example/?page=2&file=${nested}&zoom=1`),
      "https://viewer.example/?page=2&file=REDACTED&zoom=1",
    );
  const harmless = `/b/k?redirect=${encodeURIComponent("https://c.example/?page=1&size=2")}`;
  assert.equal(withoutSecrets(harmless), harmless);
});
