import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { checkImports } from "./check-imports.ts";
import { importsOf } from "./source-imports.ts";

function withWorkspace(files: Readonly<Record<string, string>>, check: (root: string) => void): void {
  const root = mkdtempSync(join(tmpdir(), "check-imports-"));
  try {
    for (const [path, text] of Object.entries({ ...MANIFESTS, ...files })) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    check(root);
  } finally {
    rmSync(root, { recursive: true });
  }
}

function manifest(name: string, rank: number, dependencies: readonly string[]): string {
  const declared = Object.fromEntries(dependencies.map((dependency) => [dependency, "1.0.0"]));
  return JSON.stringify({ name, strongroom: { rank }, dependencies: declared });
}

const MANIFESTS = {
  "package.json": JSON.stringify({ name: "root", devDependencies: { "fast-check": "1.0.0" } }),
  "packages/low/package.json": manifest("@strongroom/low", 1, []),
  "packages/low/src/index.ts": 'export const low = "low";\n',
  "packages/high/package.json": manifest("@strongroom/high", 2, ["@strongroom/low"]),
  "packages/high/src/index.ts": 'export { low } from "@strongroom/low";\n',
};

const FAULTS: readonly (readonly [string, string, string, RegExp])[] = [
  [
    "an upward import",
    "packages/low/src/a.ts",
    'import { low } from "@strongroom/high";',
    /strictly downwards/,
  ],
  [
    "a way around the index",
    "packages/high/src/a.ts",
    'import "@strongroom/low/src/x.ts";',
    /only a package's index/,
  ],
  [
    "a path into another package",
    "packages/high/src/a.ts",
    'import "../../low/src/index.ts";',
    /leaves its package/,
  ],
  ["an undeclared library", "packages/high/src/a.ts", 'import { x } from "left-pad";', /not declared/],
  ["lmdb outside its driver", "packages/high/src/a.ts", 'import { open } from "lmdb";', /driver/],
  ["files outside drivers", "packages/high/src/a.ts", 'const x = await import("node:fs");', /drivers/],
  ["the environment", "packages/high/src/a.ts", "export const home = process.env.HOME;", /process\.env/],
  ["a drawer", "packages/high/src/utils.ts", "export {};", /says nothing/],
  ["a missing extension", "packages/high/src/a.ts", 'import { b } from "./b";', /extension/],
  ["a giant file", "packages/high/src/a.ts", "\n".repeat(401), /401 lines/],
];

test("the layers as they should be give no finding", () => {
  withWorkspace({}, (root) => {
    assert.deepEqual(checkImports(root), { findings: [], files: 2, imports: 1 });
  });
});

for (const [name, path, text, expected] of FAULTS) {
  test(`finds ${name}`, () => {
    withWorkspace({ [path]: `${text}\n`.replace(/\n\n$/, "\n") }, (root) => {
      const { findings } = checkImports(root);
      assert.equal(findings.length, 1, findings.join("\n"));
      assert.match(findings[0] ?? "", expected);
    });
  });
}

test("reads imports over lines, re-exports and dynamic ones, and no comments", () => {
  const text = [
    'import {\n  a,\n  b,\n} from "one";',
    'export * from "two";',
    'import "three";',
    'const four = await import("node:four");',
    '// import "five";',
    '/* import "six"; */',
    'import type { T } from "seven";',
  ].join("\n");
  assert.deepEqual([...importsOf(text)].sort(), ["node:four", "one", "seven", "three", "two"]);
});
