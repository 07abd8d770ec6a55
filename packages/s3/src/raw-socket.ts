import { connect, type Socket } from "node:net";

/** A bare connection for tests that send what no HTTP client would. */
export class RawSocket {
  readonly #socket: Socket;
  #received = "";
  #closed = false;
  #watchers: (() => void)[] = [];

  constructor(port: number) {
    this.#socket = connect(port, "127.0.0.1");
    this.#socket.on("data", (bytes: Buffer) => {
      this.#received += bytes.toString("latin1");
      this.#wake();
    });
    this.#socket.on("error", () => {});
    this.#socket.on("close", () => {
      this.#closed = true;
      this.#wake();
    });
  }

  get received(): string {
    return this.#received;
  }

  get closed(): boolean {
    return this.#closed;
  }

  send(...pieces: readonly (string | Uint8Array)[]): void {
    for (const piece of pieces) this.#socket.write(piece);
  }

  pause(): void {
    this.#socket.pause();
  }

  /** Waits until `condition` holds; throws with what was received when it does not within `limitMs`. */
  async until(condition: () => boolean, limitMs = 5000): Promise<string> {
    const deadline = Date.now() + limitMs;
    while (!condition()) {
      const leftMs = deadline - Date.now();
      if (leftMs <= 0) throw new Error(`gave up waiting; received ${JSON.stringify(this.#received)}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, Math.min(leftMs, 50));
        this.#watchers.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
    return this.#received;
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #wake(): void {
    for (const watcher of this.#watchers.splice(0)) watcher();
  }
}

/** The head of a request: request line, headers, empty line. */
export function requestHead(
  method: string,
  target: string,
  headers: Readonly<Record<string, string>>,
): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${target} HTTP/1.1\r\n${lines.join("")}\r\n`;
}
