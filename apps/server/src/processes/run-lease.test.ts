import assert from "node:assert/strict";
import { test } from "node:test";
import { isHeldByOther, LEASE_MS, newOwner } from "./run-lease.ts";

test("a run is held by a living process until its lease is over, and by a dead one not at all", () => {
  const me = newOwner();
  const other = newOwner();
  const held = { owner: other, leaseUntilMs: LEASE_MS };
  assert.equal(isHeldByOther(held, other, 0), false);
  assert.equal(isHeldByOther(held, me, 0), true);
  assert.equal(isHeldByOther(held, me, LEASE_MS), false);
  // No process has a number beyond 2^22.
  assert.equal(isHeldByOther({ ...held, owner: "99999999:1 gone" }, me, 0), false);
  assert.equal(isHeldByOther({ ...held, owner: "of another program" }, me, 0), true);
});
