import assert from "node:assert/strict";
import { kmsFields } from "../../harness/kms-client.ts";
import type { WireRequest } from "../../harness/wire-client.ts";
import type { ClientWorkbench } from "../clients/client-workbench.ts";

interface Case {
  readonly name: string;
  readonly request: Partial<WireRequest>;
  readonly target?: string | null;
  readonly body?: string;
  readonly type: string;
  readonly message?: RegExp;
}

const WRONG_KEY = { accessKeyId: "AKIAAAAAAAAAAAAAAAAA", secretAccessKey: "a".repeat(40) };

/** What is refused before any operation runs: always 400, a JSON error, and a request id. */
export async function sendWireCases(bench: ClientWorkbench): Promise<void> {
  const { client, environment } = bench.server;
  const wrongSecret = { ...environment.credentials, secretAccessKey: "a".repeat(40) };
  const cases: readonly Case[] = [
    { name: "no signature", request: { credentials: null }, type: "MissingAuthenticationTokenException" },
    { name: "unknown access key", request: { credentials: WRONG_KEY }, type: "UnrecognizedClientException" },
    { name: "wrong secret", request: { credentials: wrongSecret }, type: "InvalidSignatureException" },
    {
      name: "another region",
      request: { region: "mars-north-1" },
      type: "InvalidSignatureException",
      message: /^Credential should be scoped to a valid region\.$/,
    },
    { name: "unknown operation", request: {}, target: "TrentService.Fly", type: "UnknownOperationException" },
    {
      name: "another service's target",
      request: {},
      target: "Other.ListKeys",
      type: "UnknownOperationException",
    },
    { name: "no target", request: {}, target: null, type: "UnknownOperationException" },
    { name: "GET", request: { method: "GET" }, type: "UnknownOperationException" },
    { name: "no JSON", request: {}, body: "{", type: "SerializationException" },
    { name: "a list", request: {}, body: "[]", type: "SerializationException" },
    { name: "deep nesting", request: {}, body: "[".repeat(100_000), type: "SerializationException" },
    {
      name: "deep and closed",
      request: {},
      body: `{"x":${"[".repeat(50_000)}${"]".repeat(50_000)}}`,
      type: "",
    },
    { name: "a number for a text", request: {}, body: '{"Marker":1}', type: "SerializationException" },
    { name: "too large", request: {}, body: "x".repeat(600_000), type: "RequestEntityTooLargeException" },
  ];
  for (const { name, request, target = "TrentService.ListKeys", body = "{}", type, message } of cases) {
    const response = await client.request({
      method: "POST",
      service: "kms",
      headers: {
        "content-type": "application/x-amz-json-1.1",
        ...(target === null ? {} : { "x-amz-target": target }),
      },
      ...(request.method === "GET" ? {} : { body: Buffer.from(body) }),
      ...request,
    });
    assert.equal(response.status, type === "" ? 200 : 400, `${name}: ${response.body}`);
    assert.match(String(response.headers["x-amzn-requestid"]), /^[0-9a-f-]{36}$/, name);
    const fields = kmsFields(response);
    if (type !== "") assert.equal(fields["__type"], type, name);
    if (message !== undefined) assert.match(String(fields["message"]), message, name);
    bench.tally.add("wire cases");
  }
}
