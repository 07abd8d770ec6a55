/** What is said between a token's process and the one that uses it. */
export type TokenTask =
  | { readonly kind: "open"; readonly modulePath: string; readonly token: string; readonly pin: Uint8Array }
  | { readonly kind: "random"; readonly sizeBytes: number }
  | { readonly kind: "has" | "create" | "destroy"; readonly label: string }
  | {
      readonly kind: "seal" | "unseal";
      readonly label: string;
      readonly bytes: Uint8Array;
      readonly associatedData: Uint8Array;
    };

export interface TokenRequest {
  readonly id: number;
  readonly task: TokenTask;
}

export type TokenAnswer =
  | { readonly id: number; readonly result: Uint8Array | boolean | null }
  | { readonly id: number; readonly code: string; readonly message: string };
