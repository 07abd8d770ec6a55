import { createHmac, timingSafeEqual } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";

/** One event as a receiver sees it; what the tests look at. */
export interface ReceivedRecord {
  readonly eventVersion: string;
  readonly eventName: string;
  readonly eventTime: string;
  readonly awsRegion: string;
  readonly userIdentity: { readonly principalId: string };
  readonly requestParameters: { readonly sourceIPAddress: string };
  readonly responseElements: Readonly<Record<string, string>>;
  readonly s3: {
    readonly configurationId: string;
    readonly bucket: { readonly name: string; readonly arn: string };
    readonly object: {
      readonly key: string;
      readonly size?: number;
      readonly eTag?: string;
      readonly versionId?: string;
      readonly sequencer?: string;
    };
  };
}

export interface ReceivedMessage {
  readonly path: string;
  readonly authorization: string | undefined;
  readonly signature: string | undefined;
  readonly text: string;
}

export interface Certificate {
  readonly certificateFile: string;
  readonly keyFile: string;
}

const WAIT_MS = 30_000;

/** A webhook on a port of its own, which keeps what it is sent and answers as it is told. */
export class WebhookReceiver {
  readonly messages: ReceivedMessage[] = [];
  /** Messages that were answered with another status than 200. */
  refused = 0;
  status = 200;
  location: string | null = null;
  readonly port: number;
  readonly #server: Server;

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.port = port;
  }

  static async start({ certificateFile, keyFile }: Certificate): Promise<WebhookReceiver> {
    const server = createServer({ cert: readFileSync(certificateFile), key: readFileSync(keyFile) });
    const { promise, resolve } = Promise.withResolvers<void>();
    server.listen(0, "127.0.0.1", resolve);
    await promise;
    const address = server.address();
    const receiver = new WebhookReceiver(server, typeof address === "object" ? (address?.port ?? 0) : 0);
    server.on("request", (request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const signature = request.headers["x-strongroom-signature"];
        const message = {
          path: request.url ?? "",
          authorization: request.headers.authorization,
          signature: Array.isArray(signature) ? undefined : signature,
          text: Buffer.concat(chunks).toString("utf8"),
        };
        if (receiver.status === 200) receiver.messages.push(message);
        else receiver.refused++;
        if (receiver.location !== null) response.setHeader("location", receiver.location);
        response.writeHead(receiver.status).end();
      });
    });
    return receiver;
  }

  get records(): readonly ReceivedRecord[] {
    return this.messages.flatMap(({ text }) => {
      const parsed: { readonly Records?: readonly ReceivedRecord[] } = JSON.parse(text);
      return parsed.Records ?? [];
    });
  }

  /** Waits until `isMet`; says what was received when it never is. */
  async until(isMet: () => boolean): Promise<void> {
    for (const endMs = Date.now() + WAIT_MS; Date.now() < endMs; await sleep(25)) if (isMet()) return;
    throw new Error(`waited in vain; received: ${this.messages.map(({ text }) => text).join("\n")}`);
  }

  async close(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    this.#server.closeAllConnections();
    await promise;
  }
}

/** Whether a message was signed under `secret`, as the guide tells receivers to check it. */
export function isSignedUnder(secret: string, { signature = "", text }: ReceivedMessage): boolean {
  const [, seconds, digest] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(signature) ?? [];
  if (seconds === undefined || digest === undefined) return false;
  const expected = createHmac("sha256", secret).update(`${seconds}.${text}`).digest();
  return timingSafeEqual(expected, Buffer.from(digest, "hex"));
}
