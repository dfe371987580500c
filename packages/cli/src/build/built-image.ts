import { formatBytes } from '@slipway/core';

/** What a build has pushed. */
export interface BuiltImage {
  /** As this machine reaches it: `127.0.0.1:5000/demo/app:1.0`. */
  readonly reference: string;
  /** As pods reach it, by digest. */
  readonly inCluster: string;
  /** Digest of the manifest. */
  readonly digest: string;
  /** Compressed bytes of config and layers; 0 where the registry could not be asked. */
  readonly size: number;
  readonly layers: number;
  readonly taskRun: string;
  readonly commit?: string | undefined;
  readonly method: string;
  /** From the TaskRun's creation to its end. */
  readonly durationMs: number;
  /** The most memory that its pod was seen to hold, page cache not counted; absent where nobody measured it. */
  readonly peakMemoryBytes?: number;
}

/** The result for a person, or one JSON object. */
export function printBuiltImage(image: BuiltImage, output: 'text' | 'json'): void {
  if (output === 'json') {
    process.stdout.write(`${JSON.stringify(image)}\n`);
    return;
  }
  const size =
    image.size > 0 ? `\nsize    ${formatBytes(image.size)} compressed, ${image.layers} layers` : '';
  process.stdout.write(`\nimage   ${image.reference}\ndigest  ${image.digest}${size}\n`);
}
