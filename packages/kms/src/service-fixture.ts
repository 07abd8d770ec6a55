import { createSecretKey, randomBytes } from "node:crypto";
import { ManualClock, MemoryRecordStore } from "@strongroom/base";
import { evaluate, type NamedPolicy, parsePolicyDocument, principalContext } from "@strongroom/iam";
import type { KmsCaller } from "./access/kms-caller.ts";
import type { FoundPrincipal } from "./access/principal-directory.ts";
import type { KmsOutput } from "./api/kms-operation.ts";
import { KeyService } from "./key-service.ts";
import { MemoryDevice } from "./key-stores/memory-device.ts";
import { MemoryErasableSecrets } from "./keys/erasable-secrets.ts";

export const ACCOUNT = "111122223333";
export const OTHER_ACCOUNT = "444455556666";
export const REGION = "us-east-1";
export const OTHER_REGION = "eu-west-1";

/** A key service over memory, with a clock to turn and policies to give to users. For tests. */
export class ServiceFixture {
  readonly clock = new ManualClock(Date.UTC(2026, 10, 25));
  readonly records = new MemoryRecordStore();
  readonly secrets = new MemoryErasableSecrets();
  readonly device = new MemoryDevice();
  readonly service: KeyService;
  readonly #policies = new Map<string, NamedPolicy>();
  readonly #users = new Map<string, string>();

  constructor() {
    this.service = this.anotherProcess();
  }

  /** Another process over the same records. */
  anotherProcess(): KeyService {
    return new KeyService({
      records: this.records,
      secrets: this.secrets,
      sealingKey: createSecretKey(Buffer.alloc(32, 7)),
      clock: this.clock,
      principals: { findPrincipal: async (name) => this.#findPrincipal(name) },
      regions: [REGION, OTHER_REGION],
      devices: this.device,
      authorizer: {
        decide: (request, resource, session) => {
          const arn = "arn" in request.principal ? request.principal.arn : "";
          const own = this.#policies.get(arn);
          return evaluate(
            request,
            { identity: own === undefined ? [] : [own], boundary: null, session },
            resource,
          );
        },
      },
    });
  }

  root(accountId = ACCOUNT, region = REGION): KmsCaller {
    const arn = `arn:aws:iam::${accountId}:root`;
    return this.#caller({ kind: "root", accountId, arn, userId: accountId }, accountId, region);
  }

  /** A user with these IAM statements, in the caller's account. */
  user(name: string, statements: readonly object[] = [], accountId = ACCOUNT): KmsCaller {
    const arn = `arn:aws:iam::${accountId}:user/${name}`;
    if (statements.length > 0) {
      const text = JSON.stringify({ Version: "2012-10-17", Statement: statements });
      this.#policies.set(arn, { name: "own", document: parsePolicyDocument(text, { kind: "identity" }) });
    }
    const userId = this.#users.get(arn) ?? this.remakeUser(name, accountId);
    const principal = { kind: "user", accountId, arn, userId, userName: name, tags: new Map() } as const;
    return this.#caller(principal, accountId, REGION);
  }

  /** Gives the name to another user: somebody with another unique id. */
  remakeUser(name: string, accountId = ACCOUNT): string {
    const userId = `AIDA${randomBytes(8).toString("hex").toUpperCase()}`;
    this.#users.set(`arn:aws:iam::${accountId}:user/${name}`, userId);
    return userId;
  }

  /** Runs an operation and gives its members. */
  async run(operation: string, input: object = {}, caller = this.root()): Promise<Record<string, unknown>> {
    const output: KmsOutput = await this.service.execute(operation, asJson(input), caller);
    return { ...output };
  }

  async createKey(input: object = {}, caller = this.root()): Promise<{ id: string; arn: string }> {
    const { KeyMetadata: metadata } = await this.run("CreateKey", input, caller);
    return {
      id: String(Reflect.get(Object(metadata), "KeyId")),
      arn: String(Reflect.get(Object(metadata), "Arn")),
    };
  }

  /** `Code: message` of a refusal. */
  async refusal(operation: string, input: object = {}, caller = this.root()): Promise<string> {
    try {
      await this.run(operation, input, caller);
    } catch (error) {
      if (error instanceof Error && "code" in error) return `${String(error.code)}: ${error.message}`;
      throw error;
    }
    return "allowed";
  }

  /** Users are known as soon as somebody speaks of them, except those called `nobody…`. */
  #findPrincipal(name: string): FoundPrincipal | null {
    const [, accountId, user] = /^arn:aws:iam::(\d{12}):user\/(.+)$/.exec(name) ?? [];
    if (accountId === undefined || user === undefined) return { uniqueId: null };
    if (user.startsWith("nobody")) return null;
    return { uniqueId: this.#users.get(name) ?? this.remakeUser(user, accountId) };
  }

  #caller(principal: KmsCaller["principal"], accountId: string, region: string): KmsCaller {
    const context = principalContext(principal);
    return { principal, accountId, region, context, viaService: null, sessionPolicies: null };
  }
}

/** As it would come over the wire: bytes are base64. */
function asJson(input: object): unknown {
  return JSON.parse(
    JSON.stringify(input, (_, value: unknown) => {
      if (typeof value !== "object" || value === null || !("type" in value) || value.type !== "Buffer")
        return value;
      return Buffer.from("data" in value && Array.isArray(value.data) ? value.data : []).toString("base64");
    }),
  );
}

export const bytesOf = (output: Readonly<Record<string, unknown>>, name: string): Buffer => {
  const value = output[name];
  if (!(value instanceof Uint8Array)) throw new TypeError(`${name} holds no bytes`);
  return Buffer.from(value);
};
