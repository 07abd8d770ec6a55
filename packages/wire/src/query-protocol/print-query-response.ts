import { printXml } from "../xml/print-xml.ts";
import { element, type XmlElement } from "../xml/xml-element.ts";

export interface QueryResponse {
  /** `CreateUser`. */
  readonly action: string;
  /** The service's `xmlns`. */
  readonly namespace: string;
  readonly requestId: string;
  /** Children of `<…Result>`; null for operations that answer nothing, which have no such element. */
  readonly result: readonly (XmlElement | undefined)[] | null;
}

/** `<ActionResponse xmlns><ActionResult>…</ActionResult><ResponseMetadata><RequestId/>`. */
export function printQueryResponse(response: QueryResponse): string {
  const { action, namespace, requestId, result } = response;
  const root = element(
    `${action}Response`,
    [
      result === null ? undefined : element(`${action}Result`, result),
      element("ResponseMetadata", [element("RequestId", requestId)]),
    ],
    { xmlns: namespace },
  );
  return printXml(root, { declaration: false });
}

export interface QueryError {
  readonly code: string;
  readonly message: string;
  /** Whose fault it is: the caller's, or the service's own. */
  readonly type: "Sender" | "Receiver";
  readonly namespace: string;
  readonly requestId: string;
}

/** `<ErrorResponse xmlns><Error><Type/><Code/><Message/></Error><RequestId/>`. */
export function printQueryError(error: QueryError): string {
  const root = element(
    "ErrorResponse",
    [
      element("Error", [
        element("Type", error.type),
        element("Code", error.code),
        element("Message", error.message),
      ]),
      element("RequestId", error.requestId),
    ],
    { xmlns: error.namespace },
  );
  return printXml(root, { declaration: false });
}

/** A list as the query protocol prints it: `<Users><member>…</member></Users>`; `<Users/>` when empty. */
export function memberList<Item>(
  name: string,
  items: readonly Item[],
  print: (item: Item) => string | number | boolean | readonly (XmlElement | undefined)[],
): XmlElement {
  return element(
    name,
    items.map((item) => element("member", print(item))),
  );
}
