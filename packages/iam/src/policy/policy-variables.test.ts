import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { PolicyError } from "./policy-error.ts";
import { listVariables, parseTemplate, printLiteral, substitute } from "./policy-variables.ts";
import { mapContext } from "./principal-context.ts";
import { compileWildcard } from "./wildcard.ts";

const CONTEXT = mapContext({
  "aws:username": ["bob"],
  "aws:PrincipalTag/team": ["a*b"],
  "aws:TagKeys": ["one", "two"],
  "aws:referer": [""],
});

function fill(text: string, hasVariables = true): string | null {
  const filled = substitute(parseTemplate(text, hasVariables, "here"), CONTEXT);
  return filled === null ? null : printLiteral(filled);
}

test("a variable is the request's value, its default where there is none, and nothing otherwise", () => {
  for (const [text, expected] of [
    [`home/\${aws:username}/*`, "home/bob/*"],
    [`\${AWS:UserName}`, "bob"],
    [`\${aws:username, 'nobody'}`, "bob"],
    [`\${aws:userid, 'nobody'}`, "nobody"],
    [`\${aws:userid,'no body'}`, "no body"],
    [`\${aws:userid, ''}`, ""],
    [`\${aws:userid}`, null],
    [`\${aws:TagKeys}`, null],
    [`\${aws:TagKeys, 'several'}`, "several"],
    [`\${aws:referer}`, ""],
    [`\${*}\${?}\${$}{x}`, `*?\${x}`],
    [`\${aws:PrincipalTag/team}`, "a*b"],
    ["$aws:username {aws:username}", "$aws:username {aws:username}"],
  ] as const) {
    assert.equal(fill(text), expected, text);
  }
});

test("version 2008-10-17 knows no variables", () => {
  assert.equal(fill(`\${aws:username}/\${*}`, false), `\${aws:username}/\${*}`);
});

test("a variable that is none is refused", () => {
  for (const text of [
    `\${`,
    `a\${aws:username`,
    `\${}`,
    `\${username}`,
    `\${aws:username, nobody}`,
    `\${aws:username 'x'}`,
  ]) {
    assert.throws(() => parseTemplate(text, true, "here"), PolicyError, text);
  }
});

test("what a value holds is never a wildcard and never a variable", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom("*", "?", "$", "{", "}", "a", ":") }),
      fc.string(),
      (value, other) => {
        const tokens = substitute(
          parseTemplate(`x\${aws:username}`, true, "here"),
          mapContext({ "aws:username": [value] }),
        );
        assert.ok(tokens !== null);
        assert.equal(compileWildcard(tokens)(`x${other}`), other === value);
        assert.equal(compileWildcard(tokens)(`x${value}`), true);
      },
    ),
  );
});

test("the keys of variables are listed as written", () => {
  assert.deepEqual(listVariables(`\${aws:UserName}/\${*}/\${aws:PrincipalTag/Team, 'x'}`), [
    "aws:UserName",
    "aws:PrincipalTag/Team",
  ]);
});
