import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { SlipwayError } from '@slipway/core';
import { type Digest, parseReference, type Reference } from '@slipway/oci';
import type { FlagValues } from './parse-flags.ts';

/** Writes the files that the flags name, and `images` in BUILDER_OUTPUT, as kaniko does. */
export async function writeResultFiles(
  flags: FlagValues,
  env: NodeJS.ProcessEnv,
  digest: Digest,
): Promise<void> {
  const names = flags.list('destination').map((name) => parseReference(name));
  const lines = (line: (name: Reference) => string): string =>
    names.map((name) => `${line(name)}\n`).join('');
  await write(flags.optional('digest-file'), digest);
  const tagged = flags.optional('image-name-tag-with-digest-file');
  const tag = (name: Reference): string => (tagged === undefined ? '' : `:${name.tag ?? 'latest'}`);
  // kaniko writes the same lines into both: where both are asked for, the one without tags has them too.
  const named = lines((name) => `${repositoryName(name)}${tag(name)}@${digest}`);
  await write(flags.optional('image-name-with-digest-file'), named);
  await write(tagged, named);
  if (!env.BUILDER_OUTPUT) return;
  const json = lines((name) =>
    JSON.stringify({ name: `${repositoryName(name)}:${name.tag ?? 'latest'}`, digest }),
  );
  await write(join(env.BUILDER_OUTPUT, 'images'), json);
}

/** As go-containerregistry writes it. */
export function repositoryName({ registry, repository }: Reference): string {
  return `${registry === 'docker.io' ? 'index.docker.io' : registry}/${repository}`;
}

async function write(file: string | undefined, content: string): Promise<void> {
  if (file === undefined) return;
  if (file.startsWith('https://')) return await put(file, content);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, content);
}

/** To a URL that was signed for this, as those of buckets are: its query is a secret. */
async function put(url: string, content: string): Promise<void> {
  const { origin, pathname } = new URL(url);
  const failed = (why: string, cause?: unknown): SlipwayError =>
    new SlipwayError('unavailable', 'RESULT_UPLOAD', `cannot send to ${origin}${pathname}: ${why}`, {
      cause,
    });
  const headers = { 'content-type': 'text/plain' };
  const response = await fetch(url, { method: 'PUT', headers, body: content }).catch((error) => {
    throw failed(String(error.cause ?? error), error);
  });
  await response.body?.cancel();
  if (!response.ok) throw failed(`the server answered ${response.status}`);
}
