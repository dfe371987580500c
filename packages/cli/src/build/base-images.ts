import { baseReferences } from '@slipway/builder';
import { formatReference, parseReference } from '@slipway/oci';

/** `slipway source base-images`, in a pod: a line `golang docker.io/library/golang:latest` for each image. */
export async function printBaseImages(
  file: string,
  buildArgs?: Readonly<Record<string, string>>,
): Promise<void> {
  for (const name of await baseReferences(file, buildArgs)) {
    process.stdout.write(`${name} ${formatReference(parseReference(name))}\n`);
  }
}
