import { createHash, generateKeyPairSync, randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { Agent, createServer, request as httpsRequest } from "node:https";
import Provider from "oidc-provider";
import type { TestAuthority } from "../../harness/test-certificates.ts";

const CLIENT = { client_id: "strongroom-suite", client_secret: "suite-secret-of-32-characters-min" };
/** Never fetched: the code is read from the redirect to it. */
const REDIRECT_URI = "https://client.example.com/callback";

/** A real OpenID Connect provider on a port of its own, with a certificate of a test's authority. */
export interface OidcServer {
  /** With its port and a path, as its tokens name it. */
  readonly issuer: string;
  readonly clientId: string;
  /** Signs in by the authorization code flow with PKCE, as a browser would, and returns the ID token. */
  signIn(login: string): Promise<string>;
  close(): Promise<void>;
}

export async function startOidcServer(authority: TestAuthority, port: number): Promise<OidcServer> {
  const issuer = `https://127.0.0.1:${port}/tenant`;
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const provider = new Provider(issuer, {
    clients: [
      {
        ...CLIENT,
        redirect_uris: [REDIRECT_URI],
        response_types: ["code"],
        grant_types: ["authorization_code"],
        id_token_signed_response_alg: "RS256",
      },
    ],
    jwks: { keys: [{ ...privateKey.export({ format: "jwk" }), kid: "suite", use: "sig", alg: "RS256" }] },
    cookies: { keys: [randomBytes(16).toString("hex")] },
    findAccount: (_context: unknown, accountId: string) => ({
      accountId,
      claims: async () => ({ sub: accountId }),
    }),
    features: { devInteractions: { enabled: true } },
    ttl: { AccessToken: 600, Grant: 600, IdToken: 600, Interaction: 600, Session: 600 },
  });
  const { certificate, key } = authority.issue("oidc", true);
  const answer = provider.callback();
  const server = createServer({ cert: certificate, key }, (request, response) => {
    // The provider is mounted below the issuer's path.
    request.url = (request.url ?? "/").replace(/^\/tenant(?=\/|$)/, "") || "/";
    Reflect.set(request, "originalUrl", `/tenant${request.url}`);
    void answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    issuer,
    clientId: CLIENT.client_id,
    signIn: (login) => new BrowserSession(issuer, authority.certificate).signIn(login),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Page {
  readonly status: number;
  readonly location: string | undefined;
  readonly body: string;
}

/** A browser as far as signing in needs one: redirects, cookies and two forms. */
class BrowserSession {
  readonly #issuer: string;
  readonly #agent: Agent;
  readonly #cookies = new Map<string, string>();

  constructor(issuer: string, ca: Buffer) {
    this.#issuer = issuer;
    this.#agent = new Agent({ ca });
  }

  async signIn(login: string): Promise<string> {
    const verifier = randomBytes(32).toString("base64url");
    const query = new URLSearchParams({
      client_id: CLIENT.client_id,
      response_type: "code",
      scope: "openid",
      redirect_uri: REDIRECT_URI,
      code_challenge: createHash("sha256").update(verifier).digest("base64url"),
      code_challenge_method: "S256",
    });
    const forms = [{ prompt: "login", login, password: "any" }, { prompt: "consent" }];
    let url = `${this.#issuer}/auth?${query}`;
    for (let step = 0; !url.startsWith(REDIRECT_URI); step++) {
      if (step > 12) throw new Error(`the sign-in goes in circles: ${url}`);
      const page = await this.#send("GET", url);
      if (page.location !== undefined) {
        url = new URL(page.location, url).href;
        continue;
      }
      const form = forms.shift();
      const action = /<form[^>]* action="([^"]+)"/.exec(page.body)?.[1];
      if (form === undefined || action === undefined) throw new Error(`no form: ${page.status} ${page.body}`);
      const sent = await this.#send("POST", new URL(action, url).href, new URLSearchParams(form));
      if (sent.location === undefined) throw new Error(`no redirect: ${sent.status} ${sent.body}`);
      url = new URL(sent.location, url).href;
    }
    return this.#exchange(new URL(url).searchParams.get("code") ?? "", verifier);
  }

  async #exchange(code: string, verifier: string): Promise<string> {
    const form = new URLSearchParams({
      grant_type: "authorization_code",
      code,
      redirect_uri: REDIRECT_URI,
      code_verifier: verifier,
    });
    const secret = Buffer.from(`${CLIENT.client_id}:${CLIENT.client_secret}`).toString("base64");
    const page = await this.#send("POST", `${this.#issuer}/token`, form, {
      authorization: `Basic ${secret}`,
    });
    const answer: unknown = JSON.parse(page.body);
    const idToken: unknown =
      typeof answer === "object" && answer !== null ? Reflect.get(answer, "id_token") : undefined;
    if (typeof idToken !== "string") throw new Error(`no id_token: ${page.body}`);
    return idToken;
  }

  async #send(
    method: string,
    url: string,
    form?: URLSearchParams,
    more: Readonly<Record<string, string>> = {},
  ): Promise<Page> {
    const body = form?.toString() ?? "";
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const headers = {
      cookie,
      ...(form === undefined ? {} : { "content-type": "application/x-www-form-urlencoded" }),
      "content-length": String(Buffer.byteLength(body)),
      ...more,
    };
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const request = httpsRequest(url, { method, headers, agent: this.#agent }, resolve);
      request.once("error", reject);
      request.end(body);
    });
    for (const line of response.headers["set-cookie"] ?? []) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      this.#cookies.set(name, value);
    }
    const pieces: Buffer[] = [];
    for await (const piece of response) pieces.push(piece);
    return {
      status: response.statusCode ?? 0,
      location: response.headers.location,
      body: Buffer.concat(pieces).toString("utf8"),
    };
  }
}
