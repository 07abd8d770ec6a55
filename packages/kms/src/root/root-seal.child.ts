// Opens the root of a folder and prints what it got: started several times at once by root-seal.test.ts.
import { RootSeal } from "./root-seal.ts";

const [dataDir = "", rootKeyFile = ""] = process.argv.slice(2);
using seal = await RootSeal.open({ dataDir, rootKeyFile });
const keys = Object.values(seal.keys).map((key) => key.expose().toString("hex"));
process.stdout.write(`${keys.join()}\n`);
