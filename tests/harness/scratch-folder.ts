import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder of the test's own, with the places a server needs; removed by `remove()`. */
export interface ScratchFolder {
  readonly path: string;
  readonly dataDir: string;
  readonly rootKeyFile: string;
  readonly logFile: string;
  remove(): void;
}

/** `STRONGROOM_TEST_FOLDER` moves it to another disk; `STRONGROOM_TEST_KEEP=1` leaves it for a look. */
export function makeScratchFolder(name: string): ScratchFolder {
  const path = mkdtempSync(join(process.env["STRONGROOM_TEST_FOLDER"] ?? tmpdir(), `strongroom-${name}-`));
  return {
    path,
    dataDir: join(path, "data"),
    rootKeyFile: join(path, "keys", "root.key"),
    logFile: join(path, "server.log"),
    remove: () => {
      if (process.env["STRONGROOM_TEST_KEEP"] === undefined)
        rmSync(path, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

/** Every regular file below `folder`, absolute, sorted. A folder that is not there has none. */
export function filesBelow(folder: string): string[] {
  const found: string[] = [];
  const visit = (path: string): void => {
    let entries: string[];
    try {
      entries = readdirSync(path);
    } catch {
      return;
    }
    for (const entry of entries.sort()) {
      const child = join(path, entry);
      const stats = statSync(child, { throwIfNoEntry: false });
      if (stats?.isDirectory()) visit(child);
      else if (stats?.isFile()) found.push(child);
    }
  };
  visit(folder);
  return found;
}
