import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const START_TIMEOUT_MS = 30_000;
const CALL_TIMEOUT_MS = 60_000;

/** What a page logged or threw. */
export interface PageComplaint {
  readonly kind: string;
  readonly text: string;
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly message: string };
}

/** A headless Chromium with one page, driven by its own protocol. */
export class Chromium {
  readonly complaints: PageComplaint[] = [];
  readonly #child: ChildProcess;
  readonly #socket: WebSocket;
  readonly #profile: string;
  readonly #waiting = new Map<number, (message: Message) => void>();
  #session = "";
  #lastId = 0;

  constructor(child: ChildProcess, socket: WebSocket, profile: string) {
    this.#child = child;
    this.#socket = socket;
    this.#profile = profile;
    socket.addEventListener("message", ({ data }) => this.#receive(JSON.parse(String(data))));
  }

  /** `trustedKeys`: SHA-256 of public keys (SPKI, base64) whose certificates are good, whoever signed them. */
  static async start(
    file: string,
    size: { readonly width: number; readonly height: number },
    trustedKeys: readonly string[] = [],
  ): Promise<Chromium> {
    const profile = mkdtempSync(join(tmpdir(), "strongroom-chromium-"));
    const child = spawn(
      file,
      [
        "--headless=new",
        "--remote-debugging-port=0",
        "--no-first-run",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-background-networking",
        "--disable-component-update",
        // Its sandbox needs a user of its own, and tests may run as root in a container. It opens this test's pages alone.
        "--no-sandbox",
        `--user-data-dir=${profile}`,
        `--ignore-certificate-errors-spki-list=${trustedKeys.join(",")}`,
        `--window-size=${size.width},${size.height}`,
        "about:blank",
      ],
      { stdio: ["ignore", "ignore", "pipe"] },
    );
    process.on("exit", () => child.kill("SIGKILL"));
    const socket = new WebSocket(await debuggerAddress(child));
    await new Promise((resolve, reject) => {
      socket.addEventListener("open", resolve, { once: true });
      socket.addEventListener("error", reject, { once: true });
    });
    const chromium = new Chromium(child, socket, profile);
    await chromium.#attach(size);
    return chromium;
  }

  async #attach(size: { readonly width: number; readonly height: number }): Promise<void> {
    const { targetInfos } = (await this.call("Target.getTargets")) as {
      targetInfos: { type: string; targetId: string }[];
    };
    const page = targetInfos.find(({ type }) => type === "page");
    const { sessionId } = await this.call("Target.attachToTarget", {
      targetId: page?.targetId,
      flatten: true,
    });
    this.#session = String(sessionId);
    await this.call("Page.enable");
    await this.call("Runtime.enable");
    await this.call("Emulation.setDeviceMetricsOverride", { ...size, deviceScaleFactor: 1.5, mobile: false });
  }

  async open(url: string): Promise<void> {
    await this.call("Page.navigate", { url });
    await this.evaluate(
      "new Promise((done) => document.readyState === 'complete' ? done() : addEventListener('load', done))",
    );
  }

  /** The value that an expression, or its promise, has in the page. Throws what it throws. */
  async evaluate(expression: string): Promise<unknown> {
    const answer = await this.call("Runtime.evaluate", {
      expression,
      awaitPromise: true,
      returnByValue: true,
    });
    const { result, exceptionDetails } = answer as {
      result: { value?: unknown };
      exceptionDetails?: { exception?: { description?: string }; text: string };
    };
    if (exceptionDetails !== undefined)
      throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  }

  /** Drags files from outside onto an element, as a person does with a mouse. */
  async dropFiles(selector: string, files: readonly string[]): Promise<void> {
    const found = await this.evaluate(
      `(() => { const { x, y, width, height } = document.querySelector(${JSON.stringify(selector)}).getBoundingClientRect();
        return { x: x + width / 2, y: y + height / 2 }; })()`,
    );
    const { x, y } = found as { x: number; y: number };
    const data = { items: [], files, dragOperationsMask: 1 };
    for (const type of ["dragEnter", "dragOver", "drop"])
      await this.call("Input.dispatchDragEvent", { type, x, y, data });
  }

  async screenshot(): Promise<Buffer> {
    const { data } = await this.call("Page.captureScreenshot", {
      format: "png",
      captureBeyondViewport: true,
    });
    return Buffer.from(String(data), "base64");
  }

  async close(): Promise<void> {
    const exited = new Promise((resolve) => this.#child.once("close", resolve));
    await this.call("Browser.close").catch(() => undefined);
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), 5_000);
    await exited;
    clearTimeout(timer);
    this.#socket.close();
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 5 });
  }

  call(method: string, params: object = {}): Promise<Readonly<Record<string, unknown>>> {
    const id = ++this.#lastId;
    const isOfBrowser = /^(?:Target|Browser)\./.test(method);
    const session = isOfBrowser || this.#session === "" ? {} : { sessionId: this.#session };
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${method}: no answer`)), CALL_TIMEOUT_MS);
      this.#waiting.set(id, ({ result, error }) => {
        clearTimeout(timer);
        if (error === undefined) resolve(result ?? {});
        else reject(new Error(`${method}: ${error.message}`));
      });
      this.#socket.send(JSON.stringify({ id, method, params, ...session }));
    });
  }

  #receive(message: Message): void {
    if (message.id !== undefined) {
      const resolve = this.#waiting.get(message.id);
      this.#waiting.delete(message.id);
      resolve?.(message);
    } else if (
      message.method === "Runtime.exceptionThrown" ||
      message.method === "Runtime.consoleAPICalled"
    ) {
      const { type = "exception" } = message.params as { type?: string };
      if (type !== "log")
        this.complaints.push({ kind: type, text: JSON.stringify(message.params).slice(0, 2000) });
    }
  }
}

function debuggerAddress(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const timer = setTimeout(
      () => reject(new Error(`Chromium did not start: ${text.slice(-2000)}`)),
      START_TIMEOUT_MS,
    );
    child.stderr?.on("data", (chunk: Buffer) => {
      text = (text + chunk.toString("utf8")).slice(-10_000);
      const [, address] = /DevTools listening on (ws:\S+)/.exec(text) ?? [];
      if (address === undefined) return;
      clearTimeout(timer);
      resolve(address);
    });
    child.once("error", reject);
  });
}
