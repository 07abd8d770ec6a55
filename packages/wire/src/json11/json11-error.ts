import { ServiceError } from "@strongroom/base";

/**
 * - `SerializationException`: not JSON, or a member of another type than its shape.
 * - `ValidationException`: members outside their shape's limits; the message names each.
 */
export type Json11ErrorCode = "SerializationException" | "ValidationException";

/** A request body that breaks its operation's shape, with AWS's own text. */
export class Json11Error extends ServiceError<Json11ErrorCode> {
  constructor(code: Json11ErrorCode, message: string) {
    super(code, "invalid", message);
    this.name = "Json11Error";
  }
}
