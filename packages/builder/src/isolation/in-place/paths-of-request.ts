import { dirname, join, resolve } from 'node:path';
import { SlipwayError } from '@slipway/core';
import type { BuildRequest } from '../../build-options.ts';

/** The paths of this container that a build, or whoever asked for it, still needs. Throws IN_PLACE_PATH. */
export function pathsOfRequest(
  request: BuildRequest,
  env: NodeJS.ProcessEnv = process.env,
  cwd: string = process.cwd(),
): string[] {
  const { context, dockerfile, store, namedContexts = {}, ssh = {}, outputs = [] } = request;
  const { ignorePaths = [], keptPaths = [] } = request;
  const dockerfiles = dockerfile !== undefined && 'path' in dockerfile ? [dockerfile.path] : [];
  const contexts = Object.values(namedContexts).filter((value) => value.startsWith('/'));
  const written = outputs.flatMap(({ dest }) => (dest === '-' ? [] : [outputPlace(dest)]));
  const caller = [env.KANIKO_DIR, env.DOCKER_CONFIG, env.HOME && `${env.HOME}/.docker`];
  const own = caller.filter((path) => path !== undefined && path !== '') as string[];
  const needed = [
    ...[context, ...dockerfiles.map((path) => resolve(context, path)), ...contexts],
    ...[store.contentDir, store.layersDir, store.cacheDir, store.scratchDir],
    ...[...written, ...Object.values(ssh).flat(), ...ignorePaths, ...keptPaths, ...own],
  ].map((path) => resolve(path));
  // A folder stays where something below it does: then an image may have files beside that.
  if (!needed.some((path) => path.startsWith(join(cwd, '/')))) needed.push(cwd);
  if (!needed.includes('/')) return needed;
  const message = 'a build in place needs its context and its files in folders of their own, not in /';
  throw new SlipwayError('unsupported', 'IN_PLACE_PATH', message, {
    hint: 'give a folder with --context; nothing outside of it is kept',
  });
}

/** The folder that an output comes into. */
function outputPlace(dest: string): string {
  const folder = dirname(dest);
  return folder === '/' ? dest : folder;
}
