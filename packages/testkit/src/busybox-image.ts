import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { ContentStore } from '@slipway/oci';
import type { FileSpec, Files } from './files.ts';
import { type MadeImage, makeImage } from './image-maker.ts';

const BUSYBOX = '/bin/busybox';

/** A small image that runs shell scripts: the machine's static busybox (Debian's busybox-static) with its applets. */
export async function busyboxImage(store: ContentStore): Promise<MadeImage> {
  const program = new Uint8Array(await readFile(BUSYBOX));
  const { stdout } = await promisify(execFile)(BUSYBOX, ['--list-full']);
  const applets = stdout.split('\n').filter((path) => path !== '' && path !== 'bin/busybox');
  const files: Files = {
    ...Object.fromEntries(applets.map((path): [string, FileSpec] => [path, { link: '/bin/busybox' }])),
    'bin/busybox': { content: program, mode: 0o755 },
    'etc/passwd': 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n',
    'etc/group': 'root:x:0:\nnogroup:x:65534:\n',
    'root/': '',
    'tmp/': '',
  };
  const config = { Env: ['PATH=/usr/sbin:/usr/bin:/sbin:/bin'], Cmd: ['sh'] };
  return makeImage(store, { layers: [files], config });
}
