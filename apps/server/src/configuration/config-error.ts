import { ServiceError } from "@strongroom/base";

export type ConfigErrorCode = "UnknownSetting" | "InvalidSetting" | "UnreadableFile" | "DefaultCredentials";

/** A configuration that cannot be honoured. The message says which setting, where it came from and what to write. */
export class ConfigError extends ServiceError<ConfigErrorCode> {
  constructor(code: ConfigErrorCode, message: string) {
    super(code, "invalid", message);
  }
}
