import { SlipwayError } from '@slipway/core';
import { formatReference } from '@slipway/oci';
import { openRegistry, ownReference } from './place.ts';
import { printResult } from './print.ts';

/** `slipway registry rm <reference>`: a tag, or by digest a manifest with all its tags. */
export async function removeImage(
  text: string,
  options: { readonly stateDir?: string; readonly output: 'text' | 'json' },
): Promise<void> {
  if (!/[:@][^/]*$/.test(text)) {
    throw new SlipwayError('usage', 'REFERENCE_INCOMPLETE', `"${text}" names no tag and no digest`, {
      hint: `say which: slipway registry rm ${text}:<tag>; see "slipway registry tags ${text}"`,
    });
  }
  await using place = await openRegistry(options.stateDir);
  const ref = ownReference(text, place.registry);
  const reference = formatReference(ref);
  if (!(await place.client.deleteManifest(ref))) {
    throw new SlipwayError('not-found', 'IMAGE_NOT_FOUND', `there is no ${reference}`, {
      hint: 'see "slipway registry ls" and "slipway registry tags <repository>" for what there is',
    });
  }
  const what = ref.digest === undefined ? 'tag' : 'image and its tags';
  printResult(
    options.output,
    { reference },
    () =>
      `removed the ${what} ${reference}; "slipway registry gc --untagged" frees the space an hour after its last use\n`,
  );
}
