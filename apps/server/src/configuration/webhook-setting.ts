/** A name that an ARN may end in, and what it stands for. */
export interface NamedText {
  readonly name: string;
  readonly text: string;
}

const NAME = /^[A-Za-z0-9_-]{1,64}$/;

/** `NAME=TEXT` separated by commas, each name once. */
export function parseNamedTexts(text: string): readonly NamedText[] {
  const entries = text.split(",").map((entry) => {
    const at = entry.indexOf("=");
    return { name: entry.slice(0, Math.max(at, 0)).trim(), text: entry.slice(at + 1).trim() };
  });
  for (const entry of entries) {
    if (!NAME.test(entry.name) || entry.text === "" || entry.text.includes("\0")) {
      throw new RangeError(
        "expected NAME=VALUE separated by commas, with names of letters, digits, hyphens and underscores",
      );
    }
  }
  if (new Set(entries.map(({ name }) => name)).size < entries.length) {
    throw new RangeError("expected each name once");
  }
  return entries;
}

/** `NAME=URL` separated by commas. Only https, and no credentials in the address: they would end up in logs. */
export function parseWebhooks(text: string): readonly NamedText[] {
  const webhooks = parseNamedTexts(text);
  for (const { text: address } of webhooks) {
    const url = URL.parse(address);
    if (url?.protocol !== "https:" || url.username !== "" || url.password !== "" || url.hash !== "") {
      throw new RangeError(
        "expected addresses such as https://hooks.example.com/path, without user name, password or fragment",
      );
    }
  }
  return webhooks;
}
