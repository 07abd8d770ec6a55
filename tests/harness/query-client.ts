import type { Credentials } from "./sigv4-signer.ts";
import { type WireClient, type WireResponse, xmlTexts } from "./wire-client.ts";

const VERSIONS = { iam: "2010-05-08", sts: "2011-06-15" } as const;

export interface QueryCall {
  readonly service: keyof typeof VERSIONS;
  readonly action: string;
  readonly parameters?: Readonly<Record<string, string>>;
  /** Default: those of the server's root; null: not signed. A token is sent in its header. */
  readonly credentials?: (Credentials & { readonly sessionToken?: string }) | null;
  /** Of the scope that is signed for. */
  readonly region?: string;
}

/** Sends one operation of a query service as a form, without an SDK. */
export function callQuery(client: WireClient, call: QueryCall): Promise<WireResponse> {
  const { service, action, parameters = {}, credentials, region } = call;
  const form = new URLSearchParams({ Action: action, Version: VERSIONS[service], ...parameters });
  const token = credentials?.sessionToken;
  return client.request({
    method: "POST",
    service,
    headers: {
      "content-type": "application/x-www-form-urlencoded; charset=utf-8",
      ...(token === undefined ? {} : { "x-amz-security-token": token }),
    },
    body: Buffer.from(form.toString()),
    ...(credentials === undefined ? {} : { credentials }),
    ...(region === undefined ? {} : { region }),
  });
}

/** `Credentials` of an answer of STS. */
export function sessionOf(response: WireResponse): Credentials & { readonly sessionToken: string } {
  const [accessKeyId = ""] = xmlTexts(response.body, "AccessKeyId");
  const [secretAccessKey = ""] = xmlTexts(response.body, "SecretAccessKey");
  const [sessionToken = ""] = xmlTexts(response.body, "SessionToken");
  if (sessionToken === "") throw new Error(`no credentials: ${response.status} ${response.body}`);
  return { accessKeyId, secretAccessKey, sessionToken };
}
