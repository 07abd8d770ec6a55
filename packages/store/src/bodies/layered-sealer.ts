import type { SecretBytes } from "@strongroom/base";
import { Sealer, sealSmall } from "@strongroom/envelope";

/** The data keys of one body: one, or two that have nothing in common. */
export interface LayerKeys {
  readonly inner: SecretBytes;
  readonly outer: SecretBytes | null;
}

/** What turns a plaintext into the bytes that are stored, as it flows. */
export interface BodySealer {
  /** The first bytes. */
  header(): readonly Uint8Array[];
  update(bytes: Uint8Array): readonly Uint8Array[];
  /** The last bytes. */
  final(): readonly Uint8Array[];
}

/** Seals once, or twice: the outer layer takes the sealed object of the inner one for its plaintext. */
export function createBodySealer({ inner, outer }: LayerKeys): BodySealer {
  return outer === null
    ? new SingleSealer(new Sealer(inner))
    : new DoubleSealer(new Sealer(inner), new Sealer(outer));
}

/** A whole body that is in memory. */
export function sealInline({ inner, outer }: LayerKeys, plaintext: Uint8Array): Buffer {
  const sealed = sealSmall(inner, plaintext);
  return outer === null ? sealed : sealSmall(outer, sealed);
}

class SingleSealer implements BodySealer {
  readonly #sealer: Sealer;

  constructor(sealer: Sealer) {
    this.#sealer = sealer;
  }

  header(): readonly Uint8Array[] {
    return [this.#sealer.header()];
  }

  update(bytes: Uint8Array): readonly Uint8Array[] {
    return this.#sealer.update(bytes);
  }

  final(): readonly Uint8Array[] {
    return this.#sealer.final();
  }
}

class DoubleSealer implements BodySealer {
  readonly #inner: Sealer;
  readonly #outer: Sealer;

  constructor(inner: Sealer, outer: Sealer) {
    this.#inner = inner;
    this.#outer = outer;
  }

  header(): readonly Uint8Array[] {
    return [this.#outer.header(), ...this.#outer.update(this.#inner.header())];
  }

  update(bytes: Uint8Array): readonly Uint8Array[] {
    return this.#inner.update(bytes).flatMap((sealed) => this.#outer.update(sealed));
  }

  final(): readonly Uint8Array[] {
    return [...this.#inner.final().flatMap((sealed) => this.#outer.update(sealed)), ...this.#outer.final()];
  }
}
