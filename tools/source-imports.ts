// What a TypeScript file imports, by its text: static, re-exported and dynamic imports with a literal name.

const COMMENTS = /\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm;
const STATIC = /^\s*(?:import|export)\s(?:[^"'`;]*?\sfrom\s*)?["']([^"']+)["']/gm;
const DYNAMIC = /\b(?:import|require|require\.resolve|import\.meta\.resolve)\(\s*["']([^"']+)["']\s*\)/g;

/** Module names in the order they appear. */
export function importsOf(text: string): readonly string[] {
  const code = text.replace(COMMENTS, "");
  const names: string[] = [];
  for (const pattern of [STATIC, DYNAMIC]) {
    for (const match of code.matchAll(pattern)) if (match[1] !== undefined) names.push(match[1]);
  }
  return names;
}
