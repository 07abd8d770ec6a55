import assert from "node:assert/strict";
import { callKms, kmsFields } from "../harness/kms-client.ts";
import { callQuery } from "../harness/query-client.ts";
import type { Credentials } from "../harness/sigv4-signer.ts";
import { startTestServer, type TestServer } from "../harness/test-server.ts";
import { xmlTexts } from "../harness/wire-client.ts";

/** An operation of the key service that must end as it did when it was tried first, or not at all. */
export interface KeySample {
  readonly name: string;
  /** A user's name; null: the root of the account. */
  readonly userName: string | null;
  readonly operation: string;
  readonly input: object;
  /** A member of the answer and what it holds, in base64; or the code of the refusal that must stay one. */
  readonly expect: { readonly member: string; readonly base64: string } | { readonly refused: string };
}

export interface KeySampleFolder {
  readonly server: TestServer;
  readonly accountId: string;
  readonly samples: readonly KeySample[];
  /** Blobs of two keys, and of two materials of the first. */
  readonly blobs: readonly { readonly blob: string; readonly context: Readonly<Record<string, string>> }[];
}

type Fields = Readonly<Record<string, unknown>>;

/** Drives a started server and notes what every later look must find. */
export class KeySampleMaker {
  readonly samples: KeySample[] = [];
  readonly server: TestServer;
  readonly #credentials = new Map<string, Credentials>();
  accountId = "";

  constructor(server: TestServer) {
    this.server = server;
  }

  async run(operation: string, input: object, userName: string | null = null): Promise<Fields> {
    const response = await this.#call(operation, input, userName);
    assert.equal(response.status, 200, `${operation}: ${response.body}`);
    return kmsFields(response);
  }

  #call(operation: string, input: object, userName: string | null) {
    const credentials = userName === null ? undefined : this.#credentials.get(userName);
    return callKms(this.server.client, operation, input, credentials === undefined ? {} : { credentials });
  }

  async makeKey(input: object = {}): Promise<string> {
    const { KeyMetadata } = await this.run("CreateKey", input);
    this.accountId = String(Reflect.get(Object(KeyMetadata), "AWSAccountId"));
    return String(Reflect.get(Object(KeyMetadata), "KeyId"));
  }

  /** A user with no rights of its own. */
  async makeUser(userName: string): Promise<string> {
    const iam = async (action: string) => {
      const response = await callQuery(this.server.client, {
        service: "iam",
        action,
        parameters: { UserName: userName },
      });
      assert.equal(response.status, 200, String(response.body));
      return response.body;
    };
    await iam("CreateUser");
    const made = await iam("CreateAccessKey");
    this.#credentials.set(userName, {
      accessKeyId: xmlTexts(made, "AccessKeyId")[0] ?? "",
      secretAccessKey: xmlTexts(made, "SecretAccessKey")[0] ?? "",
    });
    return `arn:aws:iam::${this.accountId}:user/${userName}`;
  }

  async seal(keyId: string, text: string, context: Readonly<Record<string, string>>): Promise<string> {
    const input = { KeyId: keyId, Plaintext: Buffer.from(text), EncryptionContext: context };
    return String((await this.run("Encrypt", input))["CiphertextBlob"]);
  }

  /** Notes what the operation answers now. */
  async note(
    name: string,
    operation: string,
    input: object,
    member: string,
    userName: string | null = null,
  ): Promise<void> {
    const base64 = String((await this.run(operation, input, userName))[member]);
    this.samples.push({ name, userName, operation, input, expect: { member, base64 } });
  }

  /** Notes that the operation is refused now. */
  async noteRefusal(
    name: string,
    operation: string,
    input: object,
    userName: string | null = null,
  ): Promise<void> {
    const response = await this.#call(operation, input, userName);
    assert.equal(response.status, 400, `${name} was not refused: ${response.body}`);
    const refused = String(kmsFields(response)["__type"]).split("#").at(-1) ?? "";
    this.samples.push({ name, userName, operation, input, expect: { refused } });
  }
}

/**
 * Keys of several kinds; users who may by a grant, whose grant was revoked, and who never might; a disabled key. `beforeTakingAway` runs
 * while all is permitted still: what is taken away after it must stay so.
 */
export async function makeKeySamples(
  beforeTakingAway: (server: TestServer) => Promise<void>,
): Promise<KeySampleFolder> {
  const maker = new KeySampleMaker(await startTestServer("tamper-keys"));
  const context = { of: "samples" };
  const main = await maker.makeKey({ Description: "main" });
  const other = await maker.makeKey({ Description: "other" });
  const disabled = await maker.makeKey({ Description: "to be disabled" });
  const mac = await maker.makeKey({ KeySpec: "HMAC_256", KeyUsage: "GENERATE_VERIFY_MAC" });
  const holder = await maker.makeUser("holder");
  const retired = await maker.makeUser("retired");
  await maker.makeUser("stranger");

  const first = await maker.seal(main, "under the first material", context);
  await maker.run("RotateKeyOnDemand", { KeyId: main });
  const second = await maker.seal(main, "under the second material", context);
  const foreign = await maker.seal(other, "under another key", context);
  const shut = await maker.seal(disabled, "under a disabled key", context);
  const open = (CiphertextBlob: string) => ({ CiphertextBlob, EncryptionContext: context });

  const grant = { KeyId: main, Operations: ["Decrypt"], Constraints: { EncryptionContextSubset: context } };
  await maker.run("CreateGrant", { ...grant, GranteePrincipal: holder });
  const { GrantId } = await maker.run("CreateGrant", { ...grant, GranteePrincipal: retired });
  await beforeTakingAway(maker.server);
  await maker.run("RevokeGrant", { KeyId: main, GrantId });
  await maker.run("DisableKey", { KeyId: disabled });

  await maker.note("the first material", "Decrypt", open(first), "Plaintext");
  await maker.note("the second material", "Decrypt", open(second), "Plaintext");
  await maker.note("another key", "Decrypt", open(foreign), "Plaintext");
  await maker.note("the holder of a grant", "Decrypt", open(second), "Plaintext", "holder");
  const Message = Buffer.from("message").toString("base64");
  await maker.note("a MAC", "GenerateMac", { KeyId: mac, Message, MacAlgorithm: "HMAC_SHA_256" }, "Mac");
  await maker.noteRefusal("whose grant was revoked", "Decrypt", open(second), "retired");
  await maker.noteRefusal("who never might", "Decrypt", open(second), "stranger");
  await maker.noteRefusal("the holder, another key", "Decrypt", open(foreign), "holder");
  await maker.noteRefusal("a disabled key", "Decrypt", open(shut));
  const { server, accountId, samples } = maker;
  const blobs = [first, second, foreign].map((blob) => ({ blob, context }));
  return { server, accountId, samples, blobs };
}
