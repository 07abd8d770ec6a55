// Builds the published package into packages/s3-encryption-client/dist: node tools/run.mjs tools/build-s3-encryption-client.ts
// Then `npm publish` in that folder. The workspace itself runs the sources and needs no build.
import { spawnSync } from "node:child_process";
import { copyFileSync, globSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const PACKAGE = join(ROOT, "packages/s3-encryption-client");
/** Relative to the package; what is there goes out as it is. */
const DOCUMENTS = ["README.md", "CHANGELOG.md"];
const KEPT_FIELDS = [
  "name",
  "version",
  "description",
  "keywords",
  "license",
  "type",
  "sideEffects",
  "engines",
  "peerDependencies",
];

/** Builds, and returns the folder to publish. Throws when the compiler finds anything wrong. */
export function buildPackage(): string {
  const dist = join(PACKAGE, "dist");
  rmSync(dist, { recursive: true, force: true });
  const require = createRequire(import.meta.url);
  const compiler = join(dirname(require.resolve("typescript/package.json")), "bin/tsc");
  const args = [compiler, "-p", join(PACKAGE, "tsconfig.build.json")];
  const { status } = spawnSync(process.execPath, args, { stdio: ["ignore", "inherit", "inherit"] });
  if (status !== 0) throw new Error("the compiler found errors");
  renameInDeclarations(dist);
  for (const name of DOCUMENTS) copyFileSync(join(PACKAGE, name), join(dist, name));
  copyFileSync(join(ROOT, "LICENSE"), join(dist, "LICENSE"));
  writeFileSync(join(dist, "package.json"), `${JSON.stringify(publishedManifest(), null, 2)}\n`);
  return dist;
}

/** The compiler turns "./x.ts" into "./x.js" in what runs, and leaves it in what declares. */
function renameInDeclarations(dist: string): void {
  for (const name of globSync("**/*.d.ts", { cwd: dist })) {
    const file = join(dist, name);
    const text = readFileSync(file, "utf8");
    writeFileSync(file, text.replaceAll(/(from|import\() ?"(\.{1,2}\/[^"]+)\.ts"/g, '$1 "$2.js"'));
  }
}

/** The workspace's manifest points at sources; the published one at what was compiled. */
function publishedManifest(): object {
  const manifest: unknown = JSON.parse(readFileSync(join(PACKAGE, "package.json"), "utf8"));
  const fields = Object.entries(manifest as object).filter(([name]) => KEPT_FIELDS.includes(name));
  return {
    ...Object.fromEntries(fields),
    exports: {
      ".": { types: "./index.d.ts", default: "./index.js" },
      "./package.json": "./package.json",
    },
    imports: {
      "#platform": {
        node: "./platform/node-platform.js",
        default: "./platform/web-platform.js",
      },
    },
    types: "./index.d.ts",
    publishConfig: { access: "public", provenance: true },
  };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) console.log(buildPackage());
