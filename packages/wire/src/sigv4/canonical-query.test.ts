import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { encodeUri, parseQuery } from "../uri.ts";
import { WireError } from "../wire-error.ts";
import { canonicalRequest } from "./canonical-request.ts";

test("a query value is signed as it is once decoded and encoded anew, however it was spelled", () => {
  const character = fc.constantFrom(..."abZ09-_.~ /+%=!*'()é");
  const escaped = fc.nat(255).map((byte) => `%${byte.toString(16).padStart(2, "0")}`);
  const upper = escaped.map((text) => text.toUpperCase());
  fc.assert(
    fc.property(fc.array(fc.oneof(character, escaped, upper), { maxLength: 12 }), (parts) => {
      const raw = parts.join("").replaceAll("&", "");
      const target = `/?k=${raw}`;
      const options = { service: "s3", signedHeaders: [], payloadHash: "" };
      let expected: string;
      try {
        expected = encodeUri(parseQuery(`k=${raw}`)[0]?.value ?? "", { keepSlash: false });
      } catch (error) {
        assert.ok(error instanceof WireError);
        return;
      }
      const canonical = canonicalRequest({ method: "GET", target, headers: new Map() }, options);
      assert.equal(canonical.split("\n")[2], `k=${expected}`);
    }),
    { numRuns: 2000 },
  );
});
