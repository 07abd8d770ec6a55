/** Knows which principals there are: the composition root joins it to the identities. */
export interface PrincipalDirectory {
  /** What an `AWS` principal names: an account, a user or a role. null: there is none of that name. */
  findPrincipal(name: string): Promise<FoundPrincipal | null>;
}

export interface FoundPrincipal {
  /** Never used again for another user or role of the same name; null for what has no such id. */
  readonly uniqueId: string | null;
}
