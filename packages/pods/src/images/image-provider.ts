import type { PullPolicy } from '@slipway/kube';
import type { CredentialSource, ImageConfig, TransferProgress } from '@slipway/oci';

export interface ProvideOptions {
  readonly pullPolicy: PullPolicy;
  /** Of the pod's imagePullSecrets. */
  readonly credentials?: CredentialSource | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: TransferProgress) => void) | undefined;
}

/** An image that is ready to be mounted. */
export interface ProvidedImage {
  /** As the pod names it. */
  readonly reference: string;
  /** Repository and digest: a container status' imageID. */
  readonly imageId: string;
  readonly config: ImageConfig;
  /** Unpacked layers, topmost first. */
  readonly lower: readonly string[];
  /** Whether something had to be fetched. */
  readonly pulled: boolean;
}

/** Where the images of containers come from. Throws REFERENCE_INVALID, IMAGE_NOT_FOUND, IMAGE_PLATFORM, IMAGE_NEVER_PULL… */
export interface ImageProvider {
  provide(reference: string, options: ProvideOptions): Promise<ProvidedImage>;
}
