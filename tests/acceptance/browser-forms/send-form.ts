import { request } from "node:https";
import type { TestServer } from "../../harness/test-server.ts";

/** A form as the SDKs make them. */
export interface PresignedForm {
  readonly url: string;
  readonly fields: Readonly<Record<string, string>>;
}

export interface FormAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** Sends a form as a browser's `FormData` is serialised: fields in order, the file last. */
export async function sendForm(
  server: TestServer,
  form: PresignedForm,
  file: File,
  changes: Readonly<Record<string, string>> = {},
): Promise<FormAnswer> {
  const data = new FormData();
  for (const [name, value] of Object.entries({ ...form.fields, ...changes })) data.append(name, value);
  data.append("file", file);
  const serialised = new Response(data);
  const contentType = serialised.headers.get("content-type") ?? "";
  const body = Buffer.from(await serialised.arrayBuffer());
  return new Promise((resolve, reject) => {
    const outgoing = request(
      form.url,
      {
        method: "POST",
        ca: server.environment.ca,
        headers: { "content-type": contentType, "content-length": body.length },
      },
      (incoming) => {
        const pieces: Buffer[] = [];
        incoming.on("data", (piece: Buffer) => pieces.push(piece));
        incoming.on("error", reject);
        incoming.on("end", () =>
          resolve({
            status: incoming.statusCode ?? 0,
            headers: incoming.headers,
            body: Buffer.concat(pieces).toString(),
          }),
        );
      },
    );
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}
