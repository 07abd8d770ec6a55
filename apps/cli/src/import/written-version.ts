/** What the target made of one version. */
export interface WrittenVersion {
  /** null: its bucket keeps no versions. */
  readonly versionId: string | null;
  readonly etag: string;
  /** The ETag that a store shows of this content where the encryption lets it. */
  readonly contentEtag: string;
}

export interface TargetPlace {
  readonly bucket: string;
  readonly objectKey: string;
  readonly hasObjectLock: boolean;
}
