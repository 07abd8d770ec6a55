import type { PolicyDocument, Statement } from "./policy-document.ts";

type StatementsOfService = (action: string) => readonly Statement[];

/**
 * Sorts statements by effect and by the service their actions name, so that a question of one service never looks at
 * another's. Statements with NotAction or with `*` speak of all.
 */
export function indexStatements(statements: readonly Statement[]): PolicyDocument["statementsFor"] {
  const allows = indexByService(statements.filter(({ effect }) => effect === "Allow"));
  const denies = indexByService(statements.filter(({ effect }) => effect === "Deny"));
  return (effect, action) => (effect === "Allow" ? allows(action) : denies(action));
}

function indexByService(statements: readonly Statement[]): StatementsOfService {
  const named = statements.map(servicesOf);
  const ofAll = statements.filter((_, at) => named[at]?.has("*"));
  const byService = new Map<string, Statement[]>();
  // One pass in order: a service that comes up late begins with the statements of all that came before it.
  statements.forEach((statement, at) => {
    const services = named[at] ?? new Set();
    if (services.has("*")) {
      for (const list of byService.values()) list.push(statement);
      return;
    }
    for (const service of services) {
      const list = byService.get(service) ?? ofAll.filter(({ index }) => index < statement.index);
      list.push(statement);
      byService.set(service, list);
    }
  });
  return (action) => byService.get(serviceOf(action)) ?? ofAll;
}

function servicesOf({ actions }: Statement): ReadonlySet<string> {
  return new Set(actions.isNegated ? ["*"] : actions.patterns.map(serviceOf));
}

/** Patterns name a service outright or not at all: the parser allows no part of one. */
function serviceOf(action: string): string {
  const colon = action.indexOf(":");
  return colon < 0 ? "*" : action.slice(0, colon).toLowerCase();
}
