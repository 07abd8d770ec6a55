import type { PolicyDocument, Statement } from "./policy-document.ts";

/**
 * Sorts statements by the service their actions name, so that a question of one service never looks at another's.
 * Statements with NotAction or with `*` speak of all.
 */
export function indexByService(statements: readonly Statement[]): PolicyDocument["statementsFor"] {
  const services = new Set(statements.flatMap(servicesOf));
  const ofAll = statements.filter((statement) => servicesOf(statement).includes("*"));
  const byService = new Map<string, readonly Statement[]>();
  for (const service of services) {
    if (service === "*") continue;
    const kept = statements.filter((statement) => {
      const named = servicesOf(statement);
      return named.includes("*") || named.includes(service);
    });
    byService.set(service, kept);
  }
  return (action) => byService.get(serviceOf(action)) ?? ofAll;
}

function servicesOf({ actions }: Statement): readonly string[] {
  return actions.isNegated ? ["*"] : actions.patterns.map(serviceOf);
}

/** Patterns name a service outright or not at all: the parser allows no part of one. */
function serviceOf(action: string): string {
  const colon = action.indexOf(":");
  return colon < 0 ? "*" : action.slice(0, colon).toLowerCase();
}
