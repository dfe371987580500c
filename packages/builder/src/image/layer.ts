import type { Descriptor, Digest } from '@slipway/oci';

/** A layer of an image: its blob, and the digest of the tar inside. */
export interface Layer {
  readonly diffId: Digest;
  readonly descriptor: Descriptor;
  /** Bytes of the tar; 0 where it is not known (a base image's layer). */
  readonly size: number;
}
