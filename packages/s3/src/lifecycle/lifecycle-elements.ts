import type { BucketLifecycle, LifecycleDelay, LifecycleRule } from "@strongroom/store";
import { element, printIso8601, type XmlElement } from "@strongroom/wire";
import { optionalElement, s3Document } from "../http/s3-document.ts";
import { conditionsElement } from "./lifecycle-conditions.ts";

/** The document of GetBucketLifecycleConfiguration. */
export function lifecycleDocument({ rules }: BucketLifecycle): XmlElement {
  return s3Document("LifecycleConfiguration", rules.map(ruleElement));
}

function ruleElement(rule: LifecycleRule): XmlElement {
  return element(
    "Rule",
    [
      element("ID", rule.id),
      conditionsElement(rule),
      element("Status", rule.isEnabled ? "Enabled" : "Disabled"),
      ...rule.transitions.map(({ delay, storageClass }) =>
        element("Transition", [delayElement(delay), element("StorageClass", storageClass)]),
      ),
      expirationElement(rule.expiration),
      ...rule.noncurrentTransitions.map(({ noncurrentDays, newerVersions, storageClass }) =>
        element("NoncurrentVersionTransition", [
          ...noncurrentElements(noncurrentDays, newerVersions),
          element("StorageClass", storageClass),
        ]),
      ),
      noncurrentExpirationElement(rule.noncurrentExpiration),
      rule.abortUploadsAfterDays === null
        ? undefined
        : element("AbortIncompleteMultipartUpload", [
            element("DaysAfterInitiation", rule.abortUploadsAfterDays),
          ]),
    ].filter((each) => each !== undefined),
  );
}

function expirationElement(expiration: LifecycleRule["expiration"]): XmlElement | undefined {
  if (expiration === null) return undefined;
  return element("Expiration", [
    "expiredMarkers" in expiration
      ? element("ExpiredObjectDeleteMarker", expiration.expiredMarkers)
      : delayElement(expiration),
  ]);
}

function delayElement(delay: LifecycleDelay): XmlElement {
  return "dateMs" in delay ? element("Date", printIso8601(delay.dateMs)) : element("Days", delay.days);
}

function noncurrentExpirationElement(
  expiration: LifecycleRule["noncurrentExpiration"],
): XmlElement | undefined {
  if (expiration === null) return undefined;
  const { noncurrentDays, newerVersions } = expiration;
  return element("NoncurrentVersionExpiration", noncurrentElements(noncurrentDays, newerVersions));
}

function noncurrentElements(days: number, newerVersions: number | null): XmlElement[] {
  const newer = optionalElement("NewerNoncurrentVersions", newerVersions ?? undefined);
  return [element("NoncurrentDays", days), ...(newer === undefined ? [] : [newer])];
}
