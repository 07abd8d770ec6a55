import { createSecretKey, randomBytes } from "node:crypto";
import { IndexError } from "./index-error.ts";
import { IndexConflictError } from "./index-port.ts";
import { LmdbIndex } from "./lmdb-index.ts";

/**
 * A process of the tests: works on an index until it is done or killed.
 * `commit FOLDER KEYHEX`: commits for ever, and prints each acknowledged name. `increment FOLDER KEYHEX TIMES`:
 * adds to a shared counter under compare-and-set. `echo FOLDER KEYHEX`: for each name on standard input, prints what
 * the index holds under it. `fill FOLDER KEYHEX`: commits until that fails, then prints what failed, what can still be
 * read, and how many commits were acknowledged.
 */
const [task = "", folder = "", keyHex = "", times = "0"] = process.argv.slice(2);
const index = await LmdbIndex.open({ folder, sealingKey: createSecretKey(Buffer.from(keyHex, "hex")) });

if (task === "commit") await Promise.all(Array.from({ length: 6 }, commitForever));
if (task === "increment") for (let done = 0; done < Number(times); done++) await increment();
if (task === "fill") process.stdout.write(`${JSON.stringify(await fill())}\n`);
if (task === "echo") {
  process.stdout.write("ready\n");
  for await (const chunk of process.stdin) {
    const record = await index.get(Buffer.from(String(chunk).trim()));
    process.stdout.write(`${record === null ? "nothing" : record.value.toString()}\n`);
  }
}
await index.close();

async function commitForever(): Promise<never> {
  for (;;) {
    const name = randomBytes(12).toString("hex");
    const put = {
      key: Buffer.from(`record/${name}`),
      value: randomBytes(100 + (name.charCodeAt(0) % 40) * 80),
    };
    await index.commit({
      checks: [{ key: put.key, revision: null }],
      puts: [put],
      putPayloads: [{ id: name, bytes: put.value }],
    });
    process.stdout.write(`${name}\n`);
  }
}

async function increment(): Promise<void> {
  const key = Buffer.from("counter");
  for (;;) {
    const record = await index.get(key);
    const value = Buffer.from(String(Number(record?.value.toString() ?? "0") + 1));
    try {
      return await index.commit({
        checks: [{ key, revision: record?.revision ?? null }],
        puts: [{ key, value }],
      });
    } catch (error) {
      if (!(error instanceof IndexConflictError)) throw error;
    }
  }
}

async function fill(): Promise<unknown> {
  let acknowledged = 0;
  const codes = new Set<string>();
  for (let at = 0; codes.size === 0 || at % 10 !== 0; at++) {
    const put = { key: Buffer.from(`record/${at}`), value: randomBytes(1000) };
    try {
      await index.commit({ puts: [put], putPayloads: [{ id: `payload-${at}`, bytes: randomBytes(60_000) }] });
      acknowledged++;
    } catch (error) {
      codes.add(error instanceof IndexError ? error.code : String(error));
    }
  }
  const first = await index.get(Buffer.from("record/0"));
  return { acknowledged, codes: [...codes], readBytes: first?.value.length };
}
