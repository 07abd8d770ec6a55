/** S3 tells a refused date in the words of its own machines: `Tue Dec 31 16:00:00 PST 2019` (recorded). */
const PARTS = new Intl.DateTimeFormat("en-US", {
  timeZone: "America/Los_Angeles",
  weekday: "short",
  month: "short",
  day: "2-digit",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
  year: "numeric",
  timeZoneName: "short",
});

export function printLongDate(timeMs: number): string {
  const parts = new Map(PARTS.formatToParts(timeMs).map(({ type, value }) => [type, value]));
  const text = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? "";
  const time = `${text("hour")}:${text("minute")}:${text("second")}`;
  return `${text("weekday")} ${text("month")} ${text("day")} ${time} ${text("timeZoneName")} ${text("year")}`;
}
