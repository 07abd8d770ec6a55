import { isIP } from "node:net";
import { availableParallelism } from "node:os";

/** Where a value came from, as `strongroom config` shows it. */
export type Origin = "default" | `environment ${string}` | `flag ${string}` | `file ${string}`;

export interface Address {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
}

/**
 * One setting: `parse` gets the text as written and returns its value or throws a RangeError that says what is
 * expected. `secret` values are shown as `[set]` and may be given by reference (`file:PATH`, `env:NAME`).
 */
export interface Setting<Value> {
  readonly help: string;
  readonly placeholder: string;
  /** Written as a user would write it; null: unset. */
  readonly fallback: string | null;
  readonly parse: (text: string) => Value;
  readonly secret?: true;
  /** False: too sensitive for a command line, where every process of the machine can read it. */
  readonly flag?: false;
}

export function parseText(text: string): string {
  if (text === "" || text.includes("\0")) throw new RangeError("expected a value that is not empty");
  return text;
}

export function parseAddress(text: string): Address {
  const match = /^(?:\[([^\]]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || host === "" || !(port <= 65_535)) {
    throw new RangeError("expected HOST:PORT, such as 127.0.0.1:9000 or [::1]:9000");
  }
  if (isIP(host) === 0 && !/^[A-Za-z0-9.-]+$/.test(host))
    throw new RangeError("expected an address or a host name");
  return { host, port };
}

export function parseCount(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d{1,9}$/.test(text) || value < least || value > most) {
      throw new RangeError(`expected a whole number from ${least} to ${most}`);
    }
    return value;
  };
}

export function parseWorkers(text: string): number {
  return text === "auto" ? availableParallelism() : parseCount(1, 256)(text);
}

export function parseRegion(text: string): string {
  if (!/^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$/.test(text)) {
    throw new RangeError(
      "expected a region name of lower-case letters, digits and hyphens, such as us-east-1",
    );
  }
  return text;
}

/** Region names separated by commas; the order is kept. */
export function parseRegions(text: string): readonly string[] {
  return text.split(",").map((name) => parseRegion(name.trim()));
}

/** Host names separated by commas; the order is kept. */
export function parseHostNames(text: string): readonly string[] {
  const names = text.split(",").map((name) => name.trim().toLowerCase());
  for (const name of names) {
    const isName = /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/.test(name);
    if (!isName && isIP(name) === 0) throw new RangeError("expected host names separated by commas");
  }
  return names;
}

/** Networks separated by commas, each `ADDRESS` or `ADDRESS/BITS` (CIDR). */
export function parseNetworks(text: string): readonly string[] {
  const networks = text.split(",").map((network) => network.trim());
  for (const network of networks) {
    const [address = "", prefix, ...rest] = network.split("/");
    const width = isIP(address) === 6 ? 128 : 32;
    const isPrefix = prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= width);
    if (isIP(address) === 0 || !isPrefix || rest.length > 0) {
      throw new RangeError("expected networks separated by commas, such as 10.0.0.0/8,192.0.2.7,fd00::/8");
    }
  }
  return networks;
}

/** A bucket and the account that it must belong to. */
export function parseOwnedBucket(text: string): { readonly accountId: string; readonly bucket: string } {
  const [, accountId, bucket] = /^(\d{12})\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])$/.exec(text) ?? [];
  if (accountId === undefined || bucket === undefined) {
    throw new RangeError("expected ACCOUNT-ID/BUCKET, such as 111122223333/audit-trail");
  }
  return { accountId, bucket };
}

export function parseOneOf<Choice extends string>(...choices: readonly Choice[]): (text: string) => Choice {
  return (text) => {
    const choice = choices.find((candidate) => candidate === text);
    if (choice === undefined) throw new RangeError(`expected one of ${choices.join(", ")}`);
    return choice;
  };
}
