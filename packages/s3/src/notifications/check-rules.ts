import { invalidArgument, s3Error } from "../errors.ts";
import { shareEvents } from "./event-type.ts";
import { DESTINATIONS, type NotificationRule, parseDestinationArn } from "./notification-rule.ts";

export interface DestinationPlace {
  readonly region: string;
  /** Of the bucket's owner; null: it is not known any more. */
  readonly accountId: string | null;
  /** Names of the webhooks there are. */
  readonly webhooks: ReadonlySet<string>;
}

/** One object's event goes to one rule: two that both want it are an ambiguity. Throws InvalidArgument. */
export function refuseOverlaps(rules: readonly NotificationRule[]): void {
  for (const [at, one] of rules.entries()) {
    for (const other of rules.slice(at + 1)) {
      if (!one.events.some((event) => other.events.some((further) => shareEvents(event, further)))) continue;
      if (!overlap(one, other)) continue;
      const isFiltered = [one, other].some(({ prefix, suffix }) => prefix !== null || suffix !== null);
      throw s3Error("InvalidArgument", {
        message: isFiltered
          ? "Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules if the prefixes are overlapping for the same event type."
          : "Configurations overlap. Configurations on the same bucket cannot share a common event type.",
      });
    }
  }
}

/** Whether some object key satisfies both filters. */
function overlap(one: NotificationRule, other: NotificationRule): boolean {
  const [prefix, otherPrefix] = [one.prefix ?? "", other.prefix ?? ""];
  const [suffix, otherSuffix] = [one.suffix ?? "", other.suffix ?? ""];
  return (
    (prefix.startsWith(otherPrefix) || otherPrefix.startsWith(prefix)) &&
    (suffix.endsWith(otherSuffix) || otherSuffix.endsWith(suffix))
  );
}

/**
 * The webhooks that the rules name, each once. Throws InvalidArgument for an ARN that is none of a webhook here;
 * with `mayBeMissing`, only for what is no ARN at all.
 */
export function requireDestinations(
  rules: readonly NotificationRule[],
  { region, accountId, webhooks }: DestinationPlace,
  mayBeMissing: boolean,
): readonly string[] {
  const missing: NotificationRule[] = [];
  const found = new Set<string>();
  for (const rule of rules) {
    const arn = parseDestinationArn(rule.destination, rule.arn);
    if (arn === null) {
      throw invalidArgument("The ARN could not be parsed", DESTINATIONS[rule.destination].arn, rule.arn);
    }
    if (arn.region !== region) {
      throw invalidArgument(
        "The notification destination service region is not valid for the bucket location constraint",
        DESTINATIONS[rule.destination].arn,
        rule.arn,
      );
    }
    if (arn.accountId === accountId && webhooks.has(arn.name)) found.add(arn.name);
    else missing.push(rule);
  }
  if (missing.length > 0 && !mayBeMissing) throw unknownDestinations(missing);
  return [...found];
}

function unknownDestinations(missing: readonly NotificationRule[]): Error {
  const named = missing.flatMap(({ destination, arn }, at) => [
    [`ArgumentName${at + 1}`, arn],
    [`ArgumentValue${at + 1}`, `The destination ${DESTINATIONS[destination].noun} does not exist`],
  ]);
  return s3Error("InvalidArgument", {
    message: "Unable to validate the following destination configurations",
    fields: Object.fromEntries(named),
  });
}
