import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { ManualClock } from "@strongroom/base";
import { createFetchDocument } from "./fetch-document.ts";

const URL_TEXT = "https://id.example.com/keys";

function fetching(t: TestContext, answer: () => Response | Promise<Response>) {
  const clock = new ManualClock(1_000_000);
  const mock = t.mock.method(globalThis, "fetch", async () => answer());
  return { clock, fetchDocument: createFetchDocument(clock), calls: () => mock.mock.callCount() };
}

test("a document is its text", async (t) => {
  const { fetchDocument } = fetching(t, () => new Response("{}"));
  assert.equal(await fetchDocument(URL_TEXT), "{}");
});

test("other statuses, plain http and large documents are refused", async (t) => {
  const unavailable = { name: "DocumentUnavailableError" };
  const { fetchDocument, calls } = fetching(t, () => new Response("{}", { status: 404 }));
  await assert.rejects(fetchDocument(URL_TEXT), unavailable);
  await assert.rejects(fetchDocument("http://id.example.com/keys"), unavailable);
  assert.equal(calls(), 1);
  t.mock.restoreAll();
  const large = fetching(t, () => new Response("x".repeat(256 * 1024 + 1)));
  await assert.rejects(large.fetchDocument(URL_TEXT), unavailable);
});

test("a provider that failed is left alone for a while, whoever asks", async (t) => {
  let isUp = false;
  const { clock, fetchDocument, calls } = fetching(t, () => {
    if (!isUp) throw new TypeError("fetch failed");
    return new Response("{}");
  });
  await assert.rejects(fetchDocument(URL_TEXT));
  isUp = true;
  await assert.rejects(fetchDocument(URL_TEXT), /a moment ago/);
  assert.equal(calls(), 1);
  clock.advance(5_000);
  assert.equal(await fetchDocument(URL_TEXT), "{}");
  assert.equal(calls(), 2);
});
