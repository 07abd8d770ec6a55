import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { SecretBytes } from "@strongroom/base";
import { isPkcs11ErrorCode, Pkcs11Error } from "./pkcs11-error.ts";
import type { TokenAnswer, TokenTask } from "./token-messages.ts";

const PROCESS = fileURLToPath(new URL("./token-process.ts", import.meta.url));
const ANSWER_TIMEOUT_MS = 15_000;
/** A process costs a tenth of a second of computing: a token that is away is not looked for more often. */
const RETRY_AFTER_MS = 2_000;
/** A timer may be a little early. */
const NEARLY = 0.9;
const MAX_WAITING = 1000;

export interface TokenOptions {
  readonly modulePath: string;
  /** Label of the token. */
  readonly token: string;
  /** Copied; the caller wipes its own. */
  readonly pin: SecretBytes;
}

/** For tests. */
export interface TokenProcessOptions {
  readonly processFile: string;
  readonly answerTimeoutMs: number;
  readonly retryAfterMs: number;
}

const PROCESS_OPTIONS: TokenProcessOptions = {
  processFile: PROCESS,
  answerTimeoutMs: ANSWER_TIMEOUT_MS,
  retryAfterMs: RETRY_AFTER_MS,
};

interface Waiting {
  readonly resolve: (result: Uint8Array | boolean | null) => void;
  readonly reject: (error: Pkcs11Error) => void;
  readonly timer: NodeJS.Timeout;
}

/**
 * AES-256 keys in one PKCS#11 token. The module runs in a process of its own, one call after the other; a call that
 * takes longer than 15 seconds ends that process, and the next call starts another. Who waits that long for the calls of
 * others is refused. A PIN that was refused is never
 * tried a second time, since tokens lock themselves.
 */
export class Pkcs11Token {
  readonly #options: { readonly modulePath: string; readonly token: string };
  readonly #pin: SecretBytes;
  readonly #process: TokenProcessOptions;
  readonly #waiting = new Map<number, Waiting>();
  /** Requests that nobody waits for any more and that the process has still to do. */
  #abandoned = 0;
  /** When the process last answered, or began to have something to do. */
  #progressMs = 0;
  #child: ChildProcess | null = null;
  #opened: Promise<void> | null = null;
  #refusal: Pkcs11Error | null = null;
  /** Why it could not be opened the last time, and until when that is answer enough. */
  #failure: { readonly error: unknown; readonly untilMs: number } | null = null;
  #serial = 0;
  #isClosed = false;

  private constructor({ modulePath, token, pin }: TokenOptions, process: TokenProcessOptions) {
    this.#process = process;
    this.#options = { modulePath, token };
    this.#pin = new SecretBytes(Buffer.from(pin.expose()));
  }

  /** Throws Pkcs11Error: ModuleUnusable, TokenMissing, PinRefused, DeviceFailed. */
  static async open(
    options: TokenOptions,
    process: TokenProcessOptions = PROCESS_OPTIONS,
  ): Promise<Pkcs11Token> {
    const token = new Pkcs11Token(options, process);
    try {
      await token.#ready();
      return token;
    } catch (error) {
      token.close();
      throw error;
    }
  }

  /** Whether there is a key of this label that is fit for use. Throws KeyUnfit, DeviceFailed. */
  async hasKey(label: string): Promise<boolean> {
    return (await this.#run({ kind: "has", label })) === true;
  }

  /** Makes a key that never leaves the token. Throws KeyExists, DeviceFailed. */
  async createKey(label: string): Promise<void> {
    await this.#run({ kind: "create", label });
  }

  /** False: there was none. */
  async destroyKey(label: string): Promise<boolean> {
    return (await this.#run({ kind: "destroy", label })) === true;
  }

  /** `nonce (12) || ciphertext || tag (16)`. Throws KeyMissing, KeyUnfit, DeviceFailed. */
  async seal(label: string, plaintext: SecretBytes, associatedData: Uint8Array): Promise<Buffer> {
    const bytes = plaintext.expose();
    return bytesOf(await this.#run({ kind: "seal", label, bytes, associatedData }));
  }

  /** Opens what `seal` made. Throws NotSealedHere and what `seal` throws. The caller wipes the result. */
  async unseal(label: string, sealed: Uint8Array, associatedData: Uint8Array): Promise<SecretBytes> {
    return new SecretBytes(
      bytesOf(await this.#run({ kind: "unseal", label, bytes: sealed, associatedData })),
    );
  }

  /** Of the device's own generator. Throws DeviceFailed. */
  async random(sizeBytes: number): Promise<Buffer> {
    return bytesOf(await this.#run({ kind: "random", sizeBytes }));
  }

  close(): void {
    this.#isClosed = true;
    this.#pin.wipe();
    this.#end(new Pkcs11Error("DeviceFailed", "the token was closed"));
  }

  async #run(task: TokenTask): Promise<Uint8Array | boolean | null> {
    await this.#ready();
    return this.#send(task);
  }

  #ready(): Promise<void> {
    if (this.#isClosed) return Promise.reject(new Pkcs11Error("DeviceFailed", "the token was closed"));
    if (this.#refusal !== null) return Promise.reject(this.#refusal);
    const failure = this.#failure;
    if (failure !== null && performance.now() < failure.untilMs) return Promise.reject(failure.error);
    this.#opened ??= this.#start();
    return this.#opened;
  }

  async #start(): Promise<void> {
    const child = fork(this.#process.processFile, {
      serialization: "advanced",
      stdio: ["ignore", "ignore", "ignore", "ipc"],
      execArgv: ["--disable-warning=ExperimentalWarning"],
    });
    this.#child = child;
    child.on("message", (answer: TokenAnswer) => this.#take(answer));
    const gone = (): void => {
      if (this.#child === child)
        this.#end(new Pkcs11Error("DeviceFailed", "the process that holds the token's module ended"));
    };
    child.once("exit", gone);
    child.once("error", gone);
    try {
      await this.#send({ kind: "open", ...this.#options, pin: this.#pin.expose() });
    } catch (error) {
      this.#failure = { error, untilMs: performance.now() + this.#process.retryAfterMs };
      this.#end(error instanceof Pkcs11Error ? error : new Pkcs11Error("DeviceFailed", String(error)));
      throw error;
    }
    this.#restIfIdle();
  }

  #send(task: TokenTask): Promise<Uint8Array | boolean | null> {
    const child = this.#child;
    if (child === null) return Promise.reject(new Pkcs11Error("DeviceFailed", "the token is not there"));
    if (this.#waiting.size + this.#abandoned >= MAX_WAITING)
      return Promise.reject(new Pkcs11Error("DeviceFailed", "too many requests wait for the token"));
    const id = ++this.#serial;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#giveUp(id), this.#process.answerTimeoutMs);
      if (this.#waiting.size === 0) this.#progressMs = performance.now();
      this.#waiting.set(id, { resolve, reject, timer });
      child.ref();
      child.channel?.ref();
      child.send({ id, task });
    });
  }

  /** Ends a process that hangs. One that only has too much to do goes on with what others wait for. */
  #giveUp(id: number): void {
    if (performance.now() - this.#progressMs >= this.#process.answerTimeoutMs * NEARLY) {
      this.#end(new Pkcs11Error("DeviceFailed", "the token did not answer in time"));
      return;
    }
    this.#waiting.get(id)?.reject(new Pkcs11Error("DeviceFailed", "too many requests wait for the token"));
    this.#waiting.delete(id);
    this.#abandoned += 1;
    this.#restIfIdle();
  }

  #take(answer: TokenAnswer): void {
    this.#progressMs = performance.now();
    const waiting = this.#waiting.get(answer.id);
    if (waiting === undefined) {
      this.#abandoned -= 1;
      return;
    }
    this.#waiting.delete(answer.id);
    clearTimeout(waiting.timer);
    if ("result" in answer) waiting.resolve(answer.result);
    else {
      const code = isPkcs11ErrorCode(answer.code) ? answer.code : "DeviceFailed";
      const error = new Pkcs11Error(code, answer.message);
      // Also of a session that had to be opened anew: neither this process nor the next one tries it again.
      if (code === "PinRefused") this.#refusal = error;
      waiting.reject(error);
    }
    this.#restIfIdle();
  }

  /** A token that nobody asks keeps no program from ending. */
  #restIfIdle(): void {
    if (this.#waiting.size > 0) return;
    this.#child?.unref();
    this.#child?.channel?.unref();
  }

  #end(reason: Pkcs11Error): void {
    const child = this.#child;
    this.#child = null;
    this.#opened = null;
    for (const { reject, timer } of this.#waiting.values()) {
      clearTimeout(timer);
      reject(reason);
    }
    this.#waiting.clear();
    this.#abandoned = 0;
    child?.removeAllListeners();
    child?.on("error", () => {});
    child?.kill("SIGKILL");
  }
}

function bytesOf(result: Uint8Array | boolean | null): Buffer {
  if (!(result instanceof Uint8Array)) throw new Pkcs11Error("DeviceFailed", "the token gave no bytes");
  return Buffer.from(result.buffer, result.byteOffset, result.byteLength);
}
