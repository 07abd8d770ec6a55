import assert from "node:assert/strict";
import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { test } from "node:test";
import fc from "fast-check";
import { ContradictingForwardsError } from "./client-address.ts";
import { createTransportFacts } from "./transport-facts.ts";

const PROXY = "10.1.2.3";
const NETWORKS = ["10.0.0.0/8", "fd00::/8", "192.0.2.7"];
const transportOf = createTransportFacts(NETWORKS);

function messageFrom(peer: string, headers: Readonly<Record<string, string>> = {}): IncomingMessage {
  const socket = new Socket();
  Object.defineProperty(socket, "remoteAddress", { value: peer });
  const message = new IncomingMessage(socket);
  message.rawHeaders = Object.entries(headers).flat();
  const distinct = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), [value]]);
  Object.defineProperty(message, "headersDistinct", { value: Object.fromEntries(distinct) });
  return message;
}

const seen = (peer: string, headers: Readonly<Record<string, string>> = {}): string => {
  const { sourceIp, secure, tlsVersion } = transportOf(messageFrom(peer, headers));
  return `${sourceIp} ${secure} ${tlsVersion}`;
};

const FORGED = {
  "x-forwarded-for": "203.0.113.9",
  "x-forwarded-proto": "https",
  forwarded: "for=203.0.113.9;proto=https",
};

test("[L-170] forwarded headers of anyone but a listed proxy count for nothing", () => {
  for (const peer of ["192.0.2.8", "11.0.0.1", "9.255.255.255", "2001:db8::1", "::1", "127.0.0.1"]) {
    assert.equal(seen(peer, FORGED), `${peer} false null`);
  }
  const unlisted = createTransportFacts([]);
  assert.deepEqual(unlisted(messageFrom(PROXY, FORGED)), {
    sourceIp: PROXY,
    secure: false,
    tlsVersion: null,
  });
});

test("[L-170] a listed proxy says who the client is and whether it spoke TLS", () => {
  const cases: readonly [Record<string, string>, string][] = [
    [{ "x-forwarded-for": "203.0.113.9", "x-forwarded-proto": "https" }, "203.0.113.9 true null"],
    [{ "x-forwarded-for": "203.0.113.9", "x-forwarded-proto": "http" }, "203.0.113.9 false null"],
    [{ "x-forwarded-for": "203.0.113.9" }, "203.0.113.9 false null"],
    [{ "x-forwarded-proto": "https" }, `${PROXY} true null`],
    [{ "x-forwarded-for": "203.0.113.9", "x-forwarded-proto": "https, http" }, "203.0.113.9 false null"],
    [{ forwarded: 'for="[2001:DB8:0:0::17]:4711";proto=https' }, "2001:db8::17 true null"],
    [{ forwarded: "For=203.0.113.9;Proto=HTTPS;by=10.1.2.3" }, "203.0.113.9 true null"],
    [{ forwarded: "for=203.0.113.9" }, "203.0.113.9 false null"],
    [{ forwarded: "for=unknown;proto=https" }, `${PROXY} true null`],
    [{ "x-forwarded-for": "203.0.113.9:5000", "x-forwarded-proto": "https" }, "203.0.113.9 true null"],
    [FORGED, "203.0.113.9 true null"],
  ];
  for (const [headers, expected] of cases)
    assert.equal(seen(PROXY, headers), expected, JSON.stringify(headers));
  assert.equal(seen("::ffff:10.1.2.3", FORGED), "203.0.113.9 true null");
  assert.equal(seen("fd00::1", FORGED), "203.0.113.9 true null");
  assert.equal(seen("192.0.2.7", FORGED), "203.0.113.9 true null");
});

test("[L-170] hops are believed from the nearest on, across listed proxies only", () => {
  const chain = (hops: string): string =>
    seen(PROXY, { "x-forwarded-for": hops, "x-forwarded-proto": "https" });
  assert.equal(chain("1.1.1.1, 203.0.113.9"), "203.0.113.9 true null");
  assert.equal(chain("1.1.1.1, 203.0.113.9, 10.9.9.9"), "203.0.113.9 true null");
  assert.equal(chain("not an address, 10.9.9.9"), "10.9.9.9 true null");
  assert.equal(chain(`${"10.0.0.1,".repeat(5000)}203.0.113.9`), "203.0.113.9 true null");
  // The client spoke HTTP to the first proxy, which spoke TLS to the second.
  const forwarded = "for=203.0.113.9;proto=http, for=10.9.9.9;proto=https";
  assert.equal(seen(PROXY, { forwarded }), "203.0.113.9 false null");
});

test("[L-170] two kinds of headers that contradict each other are refused", () => {
  for (const forwarded of ["for=203.0.113.10;proto=https", "for=203.0.113.9;proto=http"]) {
    assert.throws(
      () => transportOf(messageFrom(PROXY, { ...FORGED, forwarded })),
      ContradictingForwardsError,
    );
  }
});

test("whatever a listed proxy passes on, an address or the proxy itself comes out", () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (list, scheme) => {
      const facts = transportOf(messageFrom(PROXY, { "x-forwarded-for": list, "x-forwarded-proto": scheme }));
      assert.match(facts.sourceIp, /^[0-9a-f:.]+$/);
      if (facts.secure) assert.match(scheme, /https/i);
    }),
  );
});
