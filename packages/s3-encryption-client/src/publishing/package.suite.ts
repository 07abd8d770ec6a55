// What would be published: its contents, its types for consumers, its size in browsers, and that it runs on the oldest Node.js.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const ROOT = fileURLToPath(new URL("../../../../", import.meta.url));
const MAX_GZIPPED_BYTES = 25_000;
/** Every TypeScript example of the README and of the guide: what it shows has to compile, and the one without S3 to run. */
const README = readFileSync(join(ROOT, "packages/s3-encryption-client/README.md"), "utf8");
const GUIDE = readFileSync(join(ROOT, "docs/guides/from-java-to-typescript.md"), "utf8");
const EXAMPLES = [...`${README}\n${GUIDE}`.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(
  ([, code = ""]) => code,
);
const RUNNABLE = EXAMPLES.findIndex((code) => code.includes("it runs"));
const FOR_NODE = /"node:/;

const exampleFile = (at: number): string => `example-${at}.ts`;
let folder = "";
let packed = "";

before(() => {
  packed = execFileSync(process.execPath, [join(ROOT, "tools/build-s3-encryption-client.ts")], {
    encoding: "utf8",
  }).trim();
  folder = mkdtempSync(join(tmpdir(), "s3-encryption-client-"));
  const modules = join(folder, "node_modules");
  mkdirSync(join(modules, "@strongroom"), { recursive: true });
  // A copy, as an install makes it: a link would be resolved back into the workspace.
  cpSync(packed, join(modules, "@strongroom/s3-encryption-client"), { recursive: true });
  for (const name of ["@aws-sdk", "@smithy", "@types", "@aws-crypto", "tslib"])
    if (existsSync(join(ROOT, "node_modules", name)))
      symlinkSync(join(ROOT, "node_modules", name), join(modules, name));
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  for (const [at, code] of EXAMPLES.entries()) writeFileSync(join(folder, exampleFile(at)), code);
});

after(() => rmSync(folder, { recursive: true, force: true }));

test("holds what was compiled and what describes it, and no tests, sources or dependencies", () => {
  const listed = execFileSync("npm", ["pack", "--dry-run", "--json"], {
    cwd: packed,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  const [{ files }] = JSON.parse(listed) as [{ files: { path: string }[] }];
  const paths = files.map(({ path }) => path);
  for (const wanted of [
    "package.json",
    "README.md",
    "CHANGELOG.md",
    "LICENSE",
    "index.js",
    "index.d.ts",
    "platform/node-platform.js",
    "platform/web-platform.js",
  ])
    assert.equal(paths.includes(wanted), true, wanted);
  assert.deepEqual(
    paths.filter(
      (path) => !/^(?:LICENSE|[A-Z]+\.md|package\.json|[a-z0-9/-]+\.(?:js|js\.map|d\.ts))$/.test(path),
    ),
    [],
  );
  assert.deepEqual(
    paths.filter((path) => /\.(?:test|suite)\.|testing\/|publishing\//.test(path)),
    [],
  );
  const manifest = JSON.parse(readFileSync(join(packed, "package.json"), "utf8"));
  assert.equal(manifest.dependencies, undefined);
  assert.deepEqual(Object.keys(manifest.peerDependencies), ["@aws-sdk/client-s3"]);
});

for (const [moduleResolution, module, types] of [
  ["nodenext", "nodenext", ["node"]],
  ["bundler", "esnext", []],
] as const) {
  test(`its types serve a consumer with moduleResolution ${moduleResolution}${types.length === 0 ? ", without Node.js" : ""}`, () => {
    const lib = types.length === 0 ? ["es2023", "dom", "dom.iterable", "esnext.disposable"] : ["es2023"];
    const compilerOptions = {
      moduleResolution,
      module,
      types,
      lib,
      target: "es2022",
      strict: true,
      skipLibCheck: true,
      outDir: "out",
    };
    const files = EXAMPLES.flatMap((code, at) =>
      types.length === 0 && FOR_NODE.test(code) ? [] : [exampleFile(at)],
    );
    assert.equal(files.length >= 4, true);
    const config = join(folder, `tsconfig.${moduleResolution}.json`);
    writeFileSync(config, JSON.stringify({ compilerOptions, files }));
    execFileSync(process.execPath, [join(ROOT, "node_modules/typescript/bin/tsc"), "-p", config], {
      stdio: "inherit",
    });
  });
}

test("its declarations check by themselves", () => {
  const compilerOptions = {
    moduleResolution: "nodenext",
    module: "nodenext",
    types: ["node"],
    lib: ["esnext"],
    strict: true,
    noEmit: true,
  };
  const config = join(folder, "tsconfig.declarations.json");
  writeFileSync(
    config,
    JSON.stringify({
      compilerOptions: { ...compilerOptions, skipLibCheck: true, skipDefaultLibCheck: true },
      files: ["node_modules/@strongroom/s3-encryption-client/index.d.ts"],
    }),
  );
  execFileSync(process.execPath, [join(ROOT, "node_modules/typescript/bin/tsc"), "-p", config], {
    stdio: "inherit",
  });
});

/** Whatever `node` is on the path, which is the oldest there is; the suite itself runs on the pinned one. */
function findOldNode(): { readonly path: string; readonly version: string } {
  const path =
    [dirname(process.execPath), ...(process.env["PATH"] ?? "").split(":")]
      .reverse()
      .map((each) => join(each, "node"))
      .find((each) => existsSync(each)) ?? process.execPath;
  return { path, version: execFileSync(path, ["--version"], { encoding: "utf8" }).trim() };
}

const oldNode = findOldNode();
test(`runs on Node.js ${oldNode.version}`, () => {
  const output = execFileSync(oldNode.path, [join(folder, `out/example-${RUNNABLE}.js`)], {
    cwd: folder,
    encoding: "utf8",
  });
  assert.deepEqual(output.trim().split("\n"), ["ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY", "it runs"]);
});

test("its README names every error with its code", async () => {
  const errors = readFileSync(join(ROOT, "packages/s3-encryption-client/src/errors.ts"), "utf8");
  const classes = [...errors.matchAll(/^export class (\w+) extends S3EncryptionClientError/gm)].map(
    ([, name]) => name ?? "",
  );
  assert.equal(classes.length >= 17, true);
  for (const name of classes)
    assert.match(README, new RegExp(`^\\| \`${name}\` \\| \`${name.replace(/Error$/, "")}\` \\|`, "m"));
});

test(`is under ${MAX_GZIPPED_BYTES} bytes gzipped in a browser, without the SDK and without anything of Node.js`, async () => {
  const { outputFiles, metafile } = await build({
    entryPoints: [join(folder, "node_modules/@strongroom/s3-encryption-client/index.js")],
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    external: ["@aws-sdk/*"],
    metafile: true,
    write: false,
  });
  const [bundle] = outputFiles;
  assert.equal(outputFiles.length, 1);
  const size = gzipSync(bundle?.contents ?? "", { level: 9 }).length;
  console.log(`${size} bytes gzipped, ${bundle?.contents.length} minified`);
  assert.equal(size < MAX_GZIPPED_BYTES, true, `${size} bytes`);
  const external = Object.values(metafile.outputs).flatMap(({ imports }) => imports.map(({ path }) => path));
  assert.deepEqual([...new Set(external)], ["@aws-sdk/client-s3"]);
  const ofNode = /["']node:|\bBuffer\b|(?<![\w.])process\./.exec(bundle?.text ?? "");
  assert.equal(ofNode?.[0], undefined, "nothing of Node.js in the bundle");
});
