import { createHash, createSecretKey, randomBytes } from "node:crypto";
import { createServer, request as httpRequest, type IncomingHttpHeaders, type Server } from "node:http";
import { SecretBytes, systemClock } from "@strongroom/base";
import { MasterKeyring } from "@strongroom/envelope";
import {
  Authorization,
  type Principal,
  type PrincipalPolicies,
  parsePolicyDocument,
  SessionTokenError,
} from "@strongroom/iam";
import {
  createObjectStore,
  DEFAULT_LIMITS,
  Encryptor,
  MemoryBlobStore,
  MemoryIndex,
  type ObjectStore,
} from "@strongroom/store";
import { type SigningCredentials, signRequest } from "@strongroom/wire";
import type { Caller } from "./http/s3-request.ts";
import {
  type AnsweredRequest,
  createS3Service,
  type IntegrityFailure,
  type S3ServiceDeps,
} from "./http/s3-service.ts";
import { SERVER_OPTIONS, serveRequests } from "./http/serve.ts";

export interface FixtureUser {
  readonly caller: Caller;
  /** What is attached to a user that is not its account's root: statements of one policy. */
  readonly statements?: readonly object[];
  readonly credentials: SigningCredentials;
}

export interface FixtureAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface FixtureRequest {
  readonly as?: FixtureUser | null;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** x-amz-content-sha256; default the hash of the body. */
  readonly payloadHash?: string;
}

/** A real HTTP server on a port of its own over an engine in memory, for tests of the S3 API. */
export interface ServiceFixture {
  readonly server: Server;
  readonly store: ObjectStore;
  readonly host: string;
  readonly port: number;
  readonly root: FixtureUser;
  readonly alice: FixtureUser;
  readonly bob: FixtureUser;
  /** A user of alice's account who may read `reports/*` of any bucket, and no more. */
  readonly reader: FixtureUser;
  readonly answered: readonly AnsweredRequest[];
  readonly failures: readonly unknown[];
  readonly integrityFailures: readonly IntegrityFailure[];
  /** Signs and sends one request; `as: null` sends it unsigned. Default user: alice. */
  send(method: string, target: string, request?: FixtureRequest): Promise<FixtureAnswer>;
  close(): Promise<void>;
}

export const FIXTURE_REGION = "us-east-1";

export async function startServiceFixture(
  overrides: Partial<S3ServiceDeps> = {},
  port = 0,
): Promise<ServiceFixture> {
  const store = overrides.store ?? memoryStore();
  const users = fixtureUsers();
  const records: FixtureRecords = { answered: [], failures: [], integrityFailures: [] };
  const service = createS3Service({ ...fixtureDeps(store, users, records), ...overrides });
  const server = createServer(SERVER_OPTIONS);
  serveRequests(server, service.handle);
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const host = `127.0.0.1:${address.port}`;
  return {
    server,
    store,
    host,
    port: address.port,
    ...users,
    ...records,
    send: (method, target, request = {}) =>
      sendRaw(
        address.port,
        method,
        target,
        signedHeaders(host, method, target, request, users.alice),
        request.body,
      ),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

type FixtureUsers = Pick<ServiceFixture, "root" | "alice" | "bob" | "reader">;

interface FixtureRecords {
  readonly answered: AnsweredRequest[];
  readonly failures: unknown[];
  readonly integrityFailures: IntegrityFailure[];
}

function fixtureUsers(): FixtureUsers {
  return {
    root: user("root", "111111111111"),
    alice: user("alice", "222222222222"),
    bob: user("bob", "333333333333"),
    reader: accountUser("reader", "222222222222", [
      { Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::*/reports/*" },
    ]),
  };
}

function fixtureDeps(store: ObjectStore, named: FixtureUsers, records: FixtureRecords): S3ServiceDeps {
  const users = Object.values(named);
  return {
    store,
    clock: systemClock,
    region: FIXTURE_REGION,
    decider: new Authorization({ policiesOf: (principal) => attachedTo(principal, Object.values(named)) }),
    principals: {
      findPrincipal: async (name) => {
        const principal = users.find(({ caller }) => caller.arn === name)?.caller.principal;
        if (principal === undefined) return null;
        return { uniqueId: principal.kind === "user" ? principal.userId : null };
      },
      hasCanonicalUser: async (id) => users.some(({ caller }) => caller.canonicalUserId === id),
    },
    credentials: {
      find: async (accessKeyId, securityToken) => {
        if (securityToken !== null) throw new SessionTokenError("InvalidToken");
        const found = users.find((one) => one.credentials.accessKeyId === accessKeyId);
        return found === undefined
          ? null
          : { secret: found.credentials.secretAccessKey, caller: found.caller };
      },
      findAccountId: async (ownerId) =>
        users.find((one) => one.caller.canonicalUserId === ownerId)?.caller.accountId ?? null,
    },
    domains: ["s3.example.com"],
    log: {
      answered: (entry) => {
        records.answered.push(entry);
      },
      failed: ({ error }) => {
        records.failures.push(error);
      },
    },
    serverName: "Strongroom",
    onIntegrityFailure: (failure) => {
      records.integrityFailures.push(failure);
    },
  };
}

export function memoryStore(): ObjectStore {
  const key = createSecretKey(randomBytes(32));
  const keyring = new MasterKeyring({
    current: () => ({ version: 1, key }),
    find: (version) => (version === 1 ? key : null),
    refresh: async () => {},
  });
  return createObjectStore({
    index: new MemoryIndex(),
    blobs: new MemoryBlobStore(),
    clock: systemClock,
    limits: DEFAULT_LIMITS,
    encryptor: new Encryptor({ masterKeyring: keyring, keyService: null, clock: systemClock }),
    later: (work) => {
      void work();
    },
  });
}

/** The headers a client would send for this request. */
export function signedHeaders(
  host: string,
  method: string,
  target: string,
  request: FixtureRequest,
  defaultUser: FixtureUser,
): Record<string, string> {
  const { as = defaultUser } = request;
  const sizeBytes = Buffer.byteLength(request.body ?? "");
  const framing = sizeBytes === 0 ? {} : { "content-length": String(sizeBytes) };
  const headers = new Map(Object.entries({ host, ...framing, ...request.headers }));
  if (as === null) return Object.fromEntries(headers);
  const body = request.body ?? "";
  const signed = signRequest({
    method,
    target,
    headers,
    credentials: as.credentials,
    region: FIXTURE_REGION,
    service: "s3",
    nowMs: Date.now(),
    payloadHash: request.payloadHash ?? createHash("sha256").update(body).digest("hex"),
  });
  return Object.fromEntries(signed);
}

export function sendRaw(
  port: number,
  method: string,
  target: string,
  headers: Readonly<Record<string, string>>,
  body: string | Uint8Array = "",
): Promise<FixtureAnswer> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(
      { host: "127.0.0.1", port, method, path: target, headers, setHost: false, agent: false },
      (incoming) => {
        const pieces: Buffer[] = [];
        incoming.on("data", (piece: Buffer) => pieces.push(piece));
        incoming.on("error", reject);
        incoming.on("end", () =>
          resolve({
            status: incoming.statusCode ?? 0,
            headers: incoming.headers,
            body: Buffer.concat(pieces).toString("utf8"),
          }),
        );
      },
    );
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

function user(name: string, accountId: string): FixtureUser {
  return {
    caller: {
      principal: { kind: "root", accountId, arn: `arn:aws:iam::${accountId}:root`, userId: accountId },
      session: null,
      accountId,
      canonicalUserId: createHash("sha256").update(accountId).digest("hex"),
      arn: `arn:aws:iam::${accountId}:root`,
      displayName: name,
    },
    credentials: {
      accessKeyId: `AKIAFIXTURE${name.toUpperCase()}`,
      secretAccessKey: new SecretBytes(Buffer.from(`fixture-secret-of-${name}`)),
    },
  };
}

function accountUser(name: string, accountId: string, statements: readonly object[]): FixtureUser {
  const root = user(name, accountId);
  const arn = `arn:aws:iam::${accountId}:user/${name}`;
  const userId = `AIDA${name.toUpperCase().padEnd(16, "0")}`;
  const principal: Principal = { kind: "user", accountId, arn, userId, userName: name, tags: new Map() };
  return { ...root, caller: { ...root.caller, principal, arn }, statements };
}

function attachedTo(principal: Principal, users: readonly FixtureUser[]): PrincipalPolicies {
  const statements =
    "arn" in principal ? (users.find(({ caller }) => caller.arn === principal.arn)?.statements ?? []) : [];
  if (statements.length === 0) return { identity: [], boundary: null, session: null };
  const text = JSON.stringify({ Version: "2012-10-17", Statement: statements });
  const document = parsePolicyDocument(text, { kind: "identity" });
  return { identity: [{ name: "fixture", document }], boundary: null, session: null };
}
