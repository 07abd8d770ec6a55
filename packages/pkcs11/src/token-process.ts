// A process that holds one token's module: foreign code that blocks, and may crash, does neither to the server.

import { CryptokiModule } from "./cryptoki.ts";
import { Pkcs11Error } from "./pkcs11-error.ts";
import { TokenHolder } from "./token-holder.ts";
import type { TokenAnswer, TokenRequest } from "./token-messages.ts";

const bufferOf = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

let holder: TokenHolder | null = null;

function answer({ id, task }: TokenRequest): TokenAnswer {
  try {
    if (task.kind === "open") {
      holder = new TokenHolder(new CryptokiModule(task.modulePath), task.token, bufferOf(task.pin));
      return { id, result: null };
    }
    if (holder === null) throw new Pkcs11Error("DeviceFailed", "the token was not opened");
    return { id, result: holder.run(task) };
  } catch (error) {
    if (error instanceof Pkcs11Error) return { id, code: error.code, message: error.message };
    const message = error instanceof Error ? error.message : String(error);
    return { id, code: "DeviceFailed", message };
  }
}

process.on("message", (request: TokenRequest) => {
  const said = answer(request);
  process.send?.(said, undefined, undefined, () => {
    if ("result" in said && said.result instanceof Uint8Array) said.result.fill(0);
  });
});
// Nobody is left to work for.
process.on("disconnect", () => process.exit(0));
