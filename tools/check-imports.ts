// Checks who imports whom: node tools/run.mjs tools/check-imports.ts
// Each rule says why in its message. Ends with 1 on any finding, and when it found nothing to check.
import { readFileSync } from "node:fs";
import { dirname, relative, resolve, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { importsOf } from "./source-imports.ts";
import { findPackages, sourceFiles, type WorkspacePackage } from "./workspace-packages.ts";

interface Source {
  readonly path: string;
  readonly text: string;
  readonly owner: WorkspacePackage;
  readonly isTest: boolean;
}

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const MAX_LINES = 400;
const DRAWERS = /(?:^|[/-])(?:utils?|helpers?|common|managers?|handlers?|misc)(?:[/.-]|$)/;

/** Modules with one home: everything else gets what it needs handed down. */
const HOMES: readonly { readonly module: RegExp; readonly homes: RegExp; readonly why: string }[] = [
  {
    module: /^lmdb$/,
    homes: /^(?:packages\/store\/src\/index\/lmdb-|tests\/tamper\/)/,
    why: "lmdb is known to its driver alone, and to the suite that damages its files",
  },
  { module: /^pg$/, homes: /^packages\/store\/src\/index\/postgres/, why: "pg is known to its driver alone" },
  {
    module: /^node:fs(?:\/promises)?$/,
    homes:
      /^(?:apps\/|bench\/|tests\/|tools\/|packages\/store\/src\/blobs\/file|packages\/store\/src\/index\/lmdb-|packages\/kms\/src\/root\/|packages\/audit\/src\/trail-|packages\/[a-z0-9-]+\/src\/(?:vectors|testing)\/)/,
    why: "files are touched by drivers, the root seal and the audit trail alone",
  },
];

/** The findings, one line each, and how many files were looked at. */
export function checkImports(root: string = ROOT): {
  findings: readonly string[];
  files: number;
  imports: number;
} {
  const packages = findPackages(root);
  const findings: string[] = [];
  let files = 0;
  let imports = 0;
  for (const owner of packages) {
    for (const path of sourceFiles(owner)) {
      files++;
      const relativePath = relative(root, path).split(sep).join("/");
      const text = readFileSync(path, "utf8");
      const isTest = /\.(?:test|suite)\.ts$|conformance/.test(relativePath);
      const source = { path: relativePath, text, owner, isTest };
      findings.push(...checkFile(source));
      for (const specifier of importsOf(text)) {
        imports++;
        const why = checkImport(source, specifier, packages, root);
        if (why !== null) findings.push(`${relativePath}: "${specifier}": ${why}`);
      }
    }
  }
  return { findings, files, imports };
}

function checkFile({ path, text, owner, isTest }: Source): readonly string[] {
  const findings: string[] = [];
  const lines = text.split("\n").length - 1;
  if (lines > MAX_LINES) findings.push(`${path}: ${lines} lines, more than ${MAX_LINES}: split it`);
  if (DRAWERS.test(path)) findings.push(`${path}: a name that says nothing about what is inside`);
  const isProduct = owner.folder.startsWith("packages/") || owner.folder.startsWith("apps/");
  if (
    isProduct &&
    !isTest &&
    !/^apps\/[a-z]+\/src\/config\.ts$/.test(path) &&
    /\bprocess\.env\b/.test(text)
  ) {
    findings.push(`${path}: process.env is read in apps/*/src/config.ts alone`);
  }
  return findings;
}

function checkImport(
  source: Source,
  specifier: string,
  packages: readonly WorkspacePackage[],
  root: string,
): string | null {
  const { owner, path, isTest } = source;
  const home = HOMES.find(({ module }) => module.test(specifier));
  if (home !== undefined && !isTest && !home.homes.test(path)) return home.why;
  if (specifier.startsWith("node:")) return null;
  if (specifier.startsWith(".")) return checkRelative(source, specifier, root);
  const name = specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
  const target = packages.find((candidate) => candidate.name === name);
  if (target === undefined) {
    const isDeclared = owner.dependencies.has(name) || (isTest && owner.testDependencies.has(name));
    return isDeclared || owner.mayUseDevDependencies(name)
      ? null
      : "not declared in this package's package.json";
  }
  if (target === owner) return "a package imports its own files directly";
  if (specifier !== name) return "only a package's index is importable from outside";
  if (target.rank >= owner.rank) {
    return `rank ${target.rank} is not below rank ${owner.rank}: layers import strictly downwards`;
  }
  return owner.dependencies.has(name) ? null : "not declared in this package's package.json";
}

function checkRelative({ path, owner }: Source, specifier: string, root: string): string | null {
  const target = relative(root, resolve(root, dirname(path), specifier))
    .split(sep)
    .join("/");
  if (!target.startsWith(`${owner.folder}/`)) return "leaves its package: import the other package by name";
  return /\.(?:ts|mjs|json|wasm)$/.test(specifier) ? null : "write the file's extension";
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const { findings, files, imports } = checkImports();
  for (const finding of findings) console.log(finding);
  console.log(`imports: ${files} files and ${imports} imports checked, ${findings.length} findings`);
  process.exit(findings.length > 0 || files === 0 || imports === 0 ? 1 : 0);
}
