import type { Bucket, EventSubscriptions, EventTarget } from "@strongroom/store";
import { isOfType } from "./event-type.ts";
import {
  NOTIFICATION_DOCUMENT,
  type NotificationRule,
  parseDestinationArn,
  parseStoredRules,
} from "./notification-rule.ts";

interface CompiledRule extends NotificationRule {
  readonly webhook: string;
}

const NOBODY: readonly EventTarget[] = [];

/**
 * Who is told what, by the rules of buckets. What a rule says of a webhook that is not there (any more) is not told
 * to anybody. The engine hands out the same `Bucket` for the same revision of its record: rules are parsed once.
 */
export function eventSubscriptions(webhooks: ReadonlySet<string>): EventSubscriptions {
  const compiled = new WeakMap<Bucket, readonly CompiledRule[]>();
  return {
    targetsOf(bucket, eventName, objectKey) {
      const document = bucket.configuration[NOTIFICATION_DOCUMENT];
      if (document === undefined) return NOBODY;
      let rules = compiled.get(bucket);
      if (rules === undefined) {
        rules = compile(document, webhooks);
        compiled.set(bucket, rules);
      }
      return rules
        .filter((rule) => wants(rule, eventName, objectKey))
        .map(({ webhook, id }) => ({ name: webhook, configurationId: id }));
    },
  };
}

function compile(document: string, webhooks: ReadonlySet<string>): readonly CompiledRule[] {
  return parseStoredRules(document).flatMap((rule) => {
    const webhook = parseDestinationArn(rule.destination, rule.arn)?.name;
    return webhook === undefined || !webhooks.has(webhook) ? [] : [{ ...rule, webhook }];
  });
}

function wants({ events, prefix, suffix }: CompiledRule, eventName: string, objectKey: string): boolean {
  return (
    (prefix === null || objectKey.startsWith(prefix)) &&
    (suffix === null || objectKey.endsWith(suffix)) &&
    events.some((type) => isOfType(`s3:${eventName}`, type))
  );
}
