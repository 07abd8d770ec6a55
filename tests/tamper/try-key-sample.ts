import { mapContext, userPrincipal } from "@strongroom/iam";
import { type KmsCaller, KmsError } from "@strongroom/kms";
import type { KeySample } from "./key-samples.ts";
import { type OpenedFolder, REGION } from "./opened-folder.ts";

/** Answers that would make a caller believe that there is no such key, or that a right was taken away. */
const VANISHED = new Set(["NotFoundException", "AccessDeniedException", "DisabledException"]);

/** "" when all is right, a refusal's name, or what is wrong: another answer, or one that was to be refused. */
export async function tryKeySample(
  { keyService, identities }: OpenedFolder,
  accountId: string,
  { userName, operation, input, expect }: KeySample,
): Promise<string> {
  try {
    const principal = await principalOf(identities, accountId, userName);
    if (principal === null) return `wrong answer: no user ${userName}`;
    const caller: KmsCaller = {
      principal,
      accountId,
      region: REGION,
      context: mapContext({}),
      viaService: null,
      sessionPolicies: null,
    };
    const output = await keyService.execute(operation, input, caller);
    if ("refused" in expect) return `wrong: ${operation} was answered, not refused with ${expect.refused}`;
    const value = output?.[expect.member];
    if (!(value instanceof Uint8Array)) return `wrong answer without ${expect.member}`;
    return Buffer.from(value).toString("base64") === expect.base64 ? "" : "wrong bytes";
  } catch (error) {
    const name = nameOf(error);
    if ("refused" in expect) return name === expect.refused ? "" : name;
    return VANISHED.has(name) ? `wrong answer ${name}` : name;
  }
}

async function principalOf(
  identities: OpenedFolder["identities"],
  accountId: string,
  userName: string | null,
): Promise<KmsCaller["principal"] | null> {
  if (userName === null)
    return { kind: "root", accountId, arn: `arn:aws:iam::${accountId}:root`, userId: accountId };
  const user = await identities.findUser(accountId, userName);
  return user === null ? null : userPrincipal(user);
}

function nameOf(error: unknown): string {
  if (error instanceof KmsError) return error.code;
  if (!(error instanceof Error)) return String(error);
  return "code" in error && typeof error.code === "string" ? error.code : error.name;
}
