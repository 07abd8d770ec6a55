import { execFile, execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Endpoint } from "../peers/peer.ts";

const run = promisify(execFile);

/** One measured load: every target in turn, over and over, for `seconds`. */
export interface Load {
  readonly method: "GET" | "PUT" | "HEAD" | "POST";
  readonly targets: readonly string[];
  /** A Range header value for each target, in turn; empty for none. */
  readonly ranges: readonly string[];
  readonly bodyBytes: number;
  /** Of every request, besides its Range. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly connections: number;
  readonly threads: number;
  readonly seconds: number;
}

export interface Measurement {
  readonly requestsPerSecond: number;
  readonly bytesReadPerSecond: number;
  readonly medianMs: number;
  readonly p99Ms: number;
  readonly requests: number;
  /** Answers above 399, time-outs and broken connections. Anything but zero spoils the measurement. */
  readonly errors: number;
}

export function wrkVersion(): string | null {
  try {
    execFileSync("wrk", ["--version"], { stdio: "pipe" });
    return "wrk";
  } catch (error) {
    // wrk prints its version and ends with 1.
    const text = error !== null && typeof error === "object" && "stdout" in error ? String(error.stdout) : "";
    return /^wrk \S+/.exec(text)?.[0] ?? null;
  }
}

const SCRIPT = `
local bodyBytes = tonumber(os.getenv("BENCH_BODY_BYTES"))
local targets = {}
local body = nil
if bodyBytes > 0 then
  local file = io.open(os.getenv("BENCH_BODY"), "rb")
  body = file:read("*a")
  file:close()
end
local shared = {}
for line in io.lines(os.getenv("BENCH_HEADERS")) do
  local name, value = line:match("^([^:]+): (.*)$")
  shared[name] = value
end
local method, turn = os.getenv("BENCH_METHOD"), 0
function init(args)
  for line in io.lines(os.getenv("BENCH_TARGETS")) do
    local target, range = line:match("^(%S+)%s?(.*)$")
    local headers = {}
    for name, value in pairs(shared) do headers[name] = value end
    if range ~= "" then headers["Range"] = range end
    targets[#targets + 1] = wrk.format(method, target, headers, body)
  end
end
function request()
  turn = turn % #targets + 1
  return targets[turn]
end
function done(summary, latency)
  local e = summary.errors
  print(string.format("RESULT %d %d %d %d %d %d", summary.requests, summary.duration, summary.bytes,
    latency:percentile(50), latency:percentile(99), e.connect + e.read + e.write + e.status + e.timeout))
end
`;

/** Runs wrk over TLS. The request texts are built before the clock starts. */
export async function measure(
  endpoint: Endpoint,
  load: Load,
  scratch: string,
  body: Uint8Array,
): Promise<Measurement> {
  const file = (name: string, content: string | Uint8Array): string => {
    const path = join(scratch, name);
    writeFileSync(path, content);
    return path;
  };
  const lines = load.targets.map((target, i) => `${target} ${load.ranges[i] ?? ""}\n`);
  const headerLines = Object.entries(load.headers ?? {}).map(([name, value]) => `${name}: ${value}\n`);
  const env = {
    ...process.env,
    BENCH_METHOD: load.method,
    BENCH_BODY_BYTES: String(load.bodyBytes),
    BENCH_TARGETS: file("targets", lines.join("")),
    BENCH_HEADERS: file("headers", headerLines.join("")),
    BENCH_BODY: file("body", body.subarray(0, load.bodyBytes)),
  };
  const flags = [
    `-t${load.threads}`,
    `-c${load.connections}`,
    `-d${load.seconds}s`,
    "--timeout",
    "120s",
    "-s",
    file("load.lua", SCRIPT),
  ];
  const { stdout } = await run("wrk", [...flags, `https://${endpoint.host}:${endpoint.port}`], { env });
  const fields = /^RESULT (.*)$/m.exec(stdout)?.[1]?.split(" ").map(Number) ?? [];
  const [requests = 0, durationUs = 0, bytes = 0, medianUs = 0, p99Us = 0, errors = 0] = fields;
  if (requests === 0 || durationUs === 0) throw new Error(`wrk measured nothing:\n${stdout}`);
  const seconds = durationUs / 1e6;
  return {
    requestsPerSecond: requests / seconds,
    bytesReadPerSecond: bytes / seconds,
    medianMs: medianUs / 1e3,
    p99Ms: p99Us / 1e3,
    requests,
    errors,
  };
}
