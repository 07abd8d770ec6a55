import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseXml } from "../xml/parse-xml.ts";
import { element } from "../xml/xml-element.ts";
import { parseQueryParameters } from "./parse-query-parameters.ts";
import { memberList, printQueryError, printQueryResponse } from "./print-query-response.ts";
import { QueryProtocolError } from "./query-protocol-error.ts";

const parse = (body: string, rawQuery = "") => parseQueryParameters({ rawQuery, body: Buffer.from(body) });
const refused = (code: string) => (error: unknown) =>
  error instanceof QueryProtocolError && error.code === code;

test("texts, lists of structures, lists of texts and maps are found by their names", () => {
  const parameters = parse(
    "Action=TagUser&UserName=a%20b%2B+c&Tags.member.2.Key=two&Tags.member.10.Key=ten&Tags.member.1.Key=one&" +
      "Tags.member.1.Value=&Names.member.1=x&Names.member.2=y&Map.entry.1.key=k&Map.entry.1.value=v&Empty=",
  );
  assert.equal(parameters.text("UserName"), "a b+ c");
  assert.deepEqual(
    parameters.list("Tags").map((tag) => [tag.text("Key"), tag.text("Value")]),
    [
      ["one", ""],
      ["two", undefined],
      ["ten", undefined],
    ],
  );
  assert.deepEqual(parameters.texts("Names"), ["x", "y"]);
  assert.deepEqual(parameters.entries("Map"), [["k", "v"]]);
  assert.equal(parameters.text("Absent"), undefined);
  assert.equal(parameters.text("__proto__"), undefined);
  assert.equal(parameters.hasList("Empty"), true);
  assert.equal(parameters.hasList("Absent"), false);
  assert.deepEqual(parameters.list("constructor"), []);
});

test("query and body count alike, without the parameters of a signature", () => {
  const parameters = parse("", "Action=GetCallerIdentity&X-Amz-Signature=00&Version=2011-06-15");
  assert.equal(parameters.text("Action"), "GetCallerIdentity");
  assert.equal(parameters.text("X-Amz-Signature"), undefined);
});

test("what is ambiguous, malformed or too much is refused", () => {
  assert.throws(() => parse("Action=A&Action=B"), refused("MalformedQueryString"));
  assert.throws(() => parse("Action=A", "Action=B"), refused("MalformedQueryString"));
  assert.throws(() => parse("A=%zz"), refused("MalformedQueryString"));
  assert.throws(() => parse("A=%ff"), refused("MalformedQueryString"));
  assert.throws(() => parse(`${"a.".repeat(10)}b=1`), refused("MalformedQueryString"));
  assert.throws(() => parse("a&".repeat(20_000)), refused("MalformedQueryString"));
  assert.throws(() => parse(`A=${"x".repeat(3 << 20)}`), refused("RequestEntityTooLarge"));
});

test("any form parses or throws QueryProtocolError", () => {
  const piece = fc.oneof(fc.string(), fc.constantFrom("&", "=", ".", "member", "entry", "1", "%", "+", "A"));
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      try {
        parse(pieces.join("")).list("A");
      } catch (error) {
        assert.ok(error instanceof QueryProtocolError);
      }
    }),
  );
});

test("answers and errors have the protocol's shape", () => {
  const shape = { action: "ListUsers", namespace: "urn:x", requestId: "id" };
  assert.equal(
    printQueryResponse({
      ...shape,
      result: [memberList("Users", ["a", "b"], (name) => [element("UserName", name)])],
    }),
    '<ListUsersResponse xmlns="urn:x"><ListUsersResult><Users><member><UserName>a</UserName></member><member>' +
      "<UserName>b</UserName></member></Users></ListUsersResult><ResponseMetadata><RequestId>id</RequestId>" +
      "</ResponseMetadata></ListUsersResponse>",
  );
  assert.equal(
    printQueryResponse({ ...shape, result: null }),
    '<ListUsersResponse xmlns="urn:x"><ResponseMetadata><RequestId>id</RequestId></ResponseMetadata></ListUsersResponse>',
  );
  const error = parseXml(
    printQueryError({ code: "C", message: "<m>", type: "Sender", namespace: "n", requestId: "id" }),
  );
  assert.deepEqual(
    error.children.map(({ name }) => name),
    ["Error", "RequestId"],
  );
  assert.deepEqual(
    error.children[0]?.children.map(({ name, text }) => [name, text]),
    [
      ["Type", "Sender"],
      ["Code", "C"],
      ["Message", "<m>"],
    ],
  );
});
