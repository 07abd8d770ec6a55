import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { ManualClock } from "@strongroom/base";
import { BucketKeys } from "./bucket-keys.ts";
import { KeyServiceFixture } from "./key-service-fixture.ts";

test("a key that nobody asks for again is let go of after five minutes", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    const service = new KeyServiceFixture();
    const keys = new BucketKeys(service, new ManualClock(0));
    const request = { requester: { name: "alice" }, context: {}, keyId: "k" };
    const made = await keys.forSealing(request);
    const opening = { ...request, keyArn: made.keyArn, wrappedKey: made.wrappedKey };
    assert.ok((await keys.forOpening(opening)).equals(made.key));
    const asked = service.calls.length;
    await keys.forSealing(request);
    mock.timers.tick(5 * 60_000 - 1);
    await keys.forOpening(opening);
    assert.equal(service.calls.length, asked);
    // The clock stands still: only the timer can have let go.
    mock.timers.tick(1);
    await keys.forSealing(request);
    await keys.forOpening(opening);
    assert.equal(service.calls.length, asked + 2);
  } finally {
    mock.timers.reset();
  }
});
