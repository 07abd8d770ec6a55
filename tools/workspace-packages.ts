// The workspace as the checks see it: packages with their ranks, and their source files.
import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface WorkspacePackage {
  readonly name: string;
  /** Relative to the root, with forward slashes. */
  readonly folder: string;
  readonly path: string;
  readonly rank: number;
  /** Those of its own, its peers', and its "#" imports, which name a file of its own by platform. */
  readonly dependencies: ReadonlySet<string>;
  /** What tests may use besides: the workspace's own development dependencies. */
  readonly testDependencies: ReadonlySet<string>;
  /** Tools and benchmarks live by the root's package.json. */
  mayUseDevDependencies(name: string): boolean;
}

interface Manifest {
  readonly name: string;
  readonly rank: number | null;
  readonly dependencies: ReadonlySet<string>;
  readonly devDependencies: ReadonlySet<string>;
}

/** Folders of the root package itself, above every layer. */
const ROOT_FOLDERS = ["bench", "tools"];
const TOP_RANK = 100;

/** Every package of the workspace. Throws when one has no rank, or when there are none. */
export function findPackages(root: string): readonly WorkspacePackage[] {
  const own = readManifest(join(root, "package.json"));
  const found: WorkspacePackage[] = [];
  for (const file of globSync(["packages/*/package.json", "apps/*/package.json", "tests/package.json"], {
    cwd: root,
  })) {
    const manifest = readManifest(join(root, file));
    const folder = file.replaceAll("\\", "/").replace(/\/package\.json$/, "");
    if (manifest.rank === null) throw new Error(`${file} states no strongroom.rank`);
    found.push(toPackage(root, folder, manifest.name, manifest.rank, manifest, own.devDependencies));
  }
  if (found.length === 0) throw new Error(`no packages under ${root}`);
  for (const folder of ROOT_FOLDERS) {
    if (!existsSync(join(root, folder))) continue;
    const everything = new Set([...own.devDependencies, ...found.map(({ name }) => name)]);
    const manifest = { ...own, dependencies: new Set([...own.dependencies, ...everything]) };
    found.push(toPackage(root, folder, `root/${folder}`, TOP_RANK, manifest, own.devDependencies));
  }
  return found;
}

/** Its TypeScript files. */
export function sourceFiles(owner: WorkspacePackage): readonly string[] {
  const pattern = owner.folder.includes("/") ? "src/**/*.ts" : "**/*.ts";
  return globSync(pattern, { cwd: owner.path, exclude: (name) => name === "node_modules" })
    .sort()
    .map((file) => join(owner.path, file));
}

function toPackage(
  root: string,
  folder: string,
  name: string,
  rank: number,
  manifest: Manifest,
  testDependencies: ReadonlySet<string>,
): WorkspacePackage {
  return {
    name,
    folder,
    path: join(root, folder),
    rank,
    dependencies: manifest.dependencies,
    testDependencies: new Set([...testDependencies, ...manifest.devDependencies]),
    mayUseDevDependencies: (wanted) => !folder.includes("/") && testDependencies.has(wanted),
  };
}

function readManifest(path: string): Manifest {
  const parsed: unknown = JSON.parse(readFileSync(path, "utf8"));
  const fields = asRecord(parsed);
  const rank = asRecord(fields["strongroom"])["rank"];
  return {
    name: String(fields["name"]),
    rank: typeof rank === "number" ? rank : null,
    dependencies: new Set([
      ...Object.keys(asRecord(fields["dependencies"])),
      ...Object.keys(asRecord(fields["peerDependencies"])),
      ...Object.keys(asRecord(fields["imports"])),
    ]),
    devDependencies: new Set(Object.keys(asRecord(fields["devDependencies"]))),
  };
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
