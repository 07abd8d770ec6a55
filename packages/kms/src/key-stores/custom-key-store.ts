import { randomBytes } from "node:crypto";
import { blob, integer, listOf, oneOf, type ParsedAs, required, structure, text } from "@strongroom/wire";
import { decode, encode } from "../keys/key-record.ts";

export const CONNECTION_STATES = ["CONNECTED", "DISCONNECTED", "FAILED"] as const;
/** Those of AWS that can happen here. */
export const CONNECTION_ERRORS = [
  "CLUSTER_NOT_FOUND",
  "INTERNAL_ERROR",
  "INVALID_CREDENTIALS",
  "NETWORK_ERRORS",
] as const;
export type ConnectionError = (typeof CONNECTION_ERRORS)[number];

const number = () => required(integer({ min: 0 }));
const string = () => required(text());

const STORE = structure({
  id: string(),
  name: string(),
  clusterId: string(),
  /** As its owner gave it: shown, and used for nothing. */
  trustAnchor: text(),
  /** The PIN of the device's user, sealed. */
  password: required(blob()),
  createdMs: number(),
  state: required(oneOf(CONNECTION_STATES)),
  errorCode: oneOf(CONNECTION_ERRORS),
  /** Goes up with each connection, and when another device or password is set: what was opened under another number is closed. */
  connection: number(),
  /** Keys of this service that need the store. */
  keyCount: number(),
});

/** A device as keys live in it: a custom key store of the type AWS_CLOUDHSM. */
export type CustomKeyStore = ParsedAs<typeof STORE>;

const STORES_RECORD = structure({
  format: required(integer({ min: 1, max: 1 })),
  stores: required(listOf(STORE)),
});

/** AWS's quota for an account in one region: few enough to be one record. */
export const MAX_STORES = 10;

export const newCustomKeyStoreId = (): string => `cks-${randomBytes(9).toString("hex").slice(0, 17)}`;

export const encodeStores = (stores: readonly CustomKeyStore[]): Buffer => encode({ stores });
export const decodeStores = (bytes: Uint8Array): readonly CustomKeyStore[] =>
  decode(STORES_RECORD, bytes).stores;
