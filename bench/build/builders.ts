import { dirname, join } from 'node:path';
import { type Builder, command, notInstalled } from './builder.ts';
import { buildkit, dockerd } from './daemons.ts';
import { kaniko } from './kaniko.ts';

const root = dirname(dirname(import.meta.dirname));

const slipway = command(
  'slipway',
  () => undefined,
  (folder, context, reference) => {
    const args = ['image', 'build', context, '-t', reference, '--push', '--quiet', '--state-dir', folder];
    return { command: [process.execPath, join(root, 'bin/slipway.js'), ...args] };
  },
);

function buildah(name: string, build: readonly string[], driver: string): Builder {
  return command(
    name,
    () => notInstalled('buildah'),
    (folder, context, reference) => {
      const store = [
        '--root',
        join(folder, 'root'),
        '--runroot',
        join(folder, 'run'),
        '--storage-driver',
        driver,
      ];
      const script =
        'b="buildah $1"; shift; $b bud --tls-verify=false -q -t "$2" $3 "$1" && $b push -q --tls-verify=false "$2"';
      const env = { TMPDIR: folder, BUILDAH_FORMAT: 'oci', HOME: folder };
      return {
        command: ['sh', '-ec', script, 'sh', store.join(' '), context, reference, build.join(' ')],
        env,
      };
    },
  );
}

const buildahOverlay = buildah(
  'buildah-overlay',
  ['--layers', '--isolation', 'oci', '--runtime', '/usr/sbin/runc'],
  'overlay',
);
const buildahVfs = buildah('buildah-vfs', ['--isolation', 'chroot'], 'vfs');

export const builders: readonly Builder[] = [
  slipway,
  buildkit,
  kaniko('kaniko', []),
  // Its own default keeps RUN's layers only, and those of COPY are what a change of one file is about.
  kaniko('kaniko-cache', ['--cache', '--cache-copy-layers']),
  dockerd('dockerd', '0'),
  dockerd('dockerd-buildkit', '1'),
  buildahOverlay,
  buildahVfs,
];
