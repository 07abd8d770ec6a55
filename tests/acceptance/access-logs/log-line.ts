/** Fields in the order in which Amazon documents them. */
const FIELDS = [
  "bucketOwner",
  "bucket",
  "time",
  "remoteIp",
  "requester",
  "requestId",
  "operation",
  "key",
  "requestUri",
  "status",
  "errorCode",
  "bytesSent",
  "objectSize",
  "totalTime",
  "turnAroundTime",
  "referer",
  "userAgent",
  "versionId",
  "hostId",
  "signatureVersion",
  "cipherSuite",
  "authenticationType",
  "hostHeader",
  "tlsVersion",
  "accessPointArn",
  "aclRequired",
] as const;
export type LogLine = Readonly<Record<(typeof FIELDS)[number], string>>;

/** Takes one line apart as the usual readers of such logs do; throws where it has more or fewer fields. */
export function parseLogLine(line: string): LogLine {
  const parts = line.match(/\[[^\]]*\]|"[^"]*"|[^ ]+/g) ?? [];
  if (parts.length !== FIELDS.length || parts.join(" ") !== line) {
    throw new Error(`a log line has ${parts.length} fields: ${line}`);
  }
  const unquoted = parts.map((part) => part.replace(/^"(.*)"$/, "$1"));
  return Object.fromEntries(FIELDS.map((name, at) => [name, unquoted[at] ?? ""])) as LogLine;
}
