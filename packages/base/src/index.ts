export { encodePairs, encodeSequence } from "./canonical.ts";
export { type Clock, ManualClock, systemClock } from "./clock.ts";
export { SecretBytes } from "./secret-bytes.ts";
export { type ErrorKind, ServiceError } from "./service-error.ts";
