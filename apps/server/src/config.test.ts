import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { type Flags, loadConfig } from "./config.ts";
import { ConfigError } from "./configuration/config-error.ts";
import { SETTING_NAMES, variableOf } from "./configuration/schema.ts";

const CANARY = "canary-kE9vW2qZ7xT4mN1";

function failure(flags: Flags, environment: Readonly<Record<string, string>> = {}): ConfigError {
  try {
    loadConfig(flags, environment);
  } catch (error) {
    assert(error instanceof ConfigError, String(error));
    return error;
  }
  assert.fail("accepted");
}

function withFile(text: string, use: (path: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), "config-"));
  try {
    const path = join(folder, "strongroom.toml");
    writeFileSync(path, text);
    use(path);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("defaults: loopback, all cores, root key outside the data folder", () => {
  const { config, shown } = loadConfig({}, { XDG_CONFIG_HOME: "/etc/somebody" });
  assert.deepEqual(config.listen, { host: "127.0.0.1", port: 9000 });
  assert.equal(config.insecureHttp, null);
  assert.match(config.rootKeyFile, /^\/etc\/somebody\/strongroom\/[0-9a-f]{16}\.root-key$/);
  assert.equal(config.rootKeyFile.startsWith(config.dataDir), false);
  assert.equal(shown.listen.origin, "default");
});

test("a flag beats a variable beats the file beats the default, and each says where it came from", () => {
  withFile('region = "file-1"\nlisten = "127.0.0.1:1"\nworkers = 3\n', (config) => {
    const environment = { STRONGROOM_REGION: "env-1", STRONGROOM_LISTEN: "127.0.0.1:2" };
    const loaded = loadConfig({ config, listen: "127.0.0.1:3" }, environment);
    assert.equal(loaded.config.workers, 3);
    assert.equal(loaded.config.region, "env-1");
    assert.equal(loaded.config.listen.port, 3);
    assert.equal(loaded.shown.workers.origin, `file ${config}`);
    assert.equal(loaded.shown.region.origin, "environment STRONGROOM_REGION");
    assert.equal(loaded.shown.listen.origin, "flag --listen");
  });
});

test("every setting has its own variable", () => {
  assert.equal(new Set(SETTING_NAMES.map(variableOf)).size, SETTING_NAMES.length);
  assert.equal(variableOf("tls-client-ca"), "STRONGROOM_TLS_CLIENT_CA");
});

test("an unknown name is an error with a suggestion, wherever it stands", () => {
  assert.match(
    failure({}, { STRONGROOM_TLS_CLIENT_CAA: "x" }).message,
    /did you mean STRONGROOM_TLS_CLIENT_CA\?/,
  );
  withFile('regoin = "x"\n', (config) => {
    assert.match(failure({ config }).message, /unknown setting regoin in .*; did you mean region\?/);
  });
  assert.doesNotMatch(failure({}, { STRONGROOM_ZZZZZZZZZZ: "x" }).message, /did you mean/);
});

test("values that mean nothing are refused with what is expected", () => {
  for (const [name, value] of [
    ["listen", "9000"],
    ["listen", "127.0.0.1:65536"],
    ["listen", ":9000"],
    ["workers", "0"],
    ["workers", "-1"],
    ["workers", "1.5"],
    ["region", "US East"],
    ["log-level", "loud"],
    ["domains", "a b"],
    ["data-dir", ""],
  ] as const) {
    const error = failure({ [name]: value });
    assert.equal(error.code, "InvalidSetting", `${name}=${value}`);
    assert.match(error.message, /expected/);
  }
  assert.deepEqual(loadConfig({ listen: "[::1]:0" }, {}).config.listen, { host: "::1", port: 0 });
});

test("what belongs together is set together", () => {
  assert.match(failure({ "tls-cert": "a.pem" }).message, /belong together/);
  assert.match(failure({}, { STRONGROOM_ROOT_ACCESS_KEY_ID: "x" }).message, /belong together/);
});

test("root credentials may be references to a file or a variable", () => {
  withFile(`${CANARY}\n`, (path) => {
    const { config, shown } = loadConfig(
      {},
      {
        STRONGROOM_ROOT_ACCESS_KEY_ID: "env:OTHER",
        OTHER: "operator",
        STRONGROOM_ROOT_SECRET_ACCESS_KEY: `file:${path}`,
      },
    );
    assert.deepEqual(config.rootCredentials, { accessKeyId: "operator", secretAccessKey: CANARY });
    assert.equal(JSON.stringify(shown).includes(CANARY), false);
    assert.equal(shown["root-secret-access-key"].text, "[set]");
  });
});

test("[L-113] no error of the configuration shows a secret", () => {
  const secret = `${CANARY}\0`;
  const messages = [
    failure({}, { STRONGROOM_ROOT_ACCESS_KEY_ID: "x", STRONGROOM_ROOT_SECRET_ACCESS_KEY: secret }).message,
    failure({}, { STRONGROOM_ROOT_ACCESS_KEY_ID: "x", STRONGROOM_ROOT_SECRET_ACCESS_KEY: `env:${CANARY}` })
      .message,
  ];
  withFile(`root-secret-access-key = "${CANARY}\nregion = "x"\n`, (config) => {
    messages.push(failure({ config }).message);
  });
  for (const message of messages) assert.equal(message.includes(CANARY), false, message);
});

test("the configuration is frozen to its depths", () => {
  const { config } = loadConfig({}, {});
  assert(Object.isFrozen(config) && Object.isFrozen(config.listen) && Object.isFrozen(config.tls));
  assert(Object.isFrozen(config.domains));
});

test("any text for any setting parses or is a ConfigError", () => {
  fc.assert(
    fc.property(fc.constantFrom(...SETTING_NAMES), fc.string(), (name, text) => {
      try {
        loadConfig({ [name]: text }, {});
      } catch (error) {
        assert(error instanceof ConfigError, String(error));
      }
    }),
  );
});
