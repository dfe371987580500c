import { readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { kanikoContainer } from '../../test/kaniko-container.ts';
import { type Bench, type Builder, notInstalled, notNamed } from './builder.ts';
import { Observed } from './observe.ts';

/**
 * kaniko by `KANIKO_EXECUTOR`: each build in a new container with an empty root folder, which it fills and empties again.
 * What it knows of an earlier build is what its cache in the registry has.
 */
export function kaniko(name: string, cache: readonly string[]): Builder {
  const open = async (folder: string): Promise<Bench> => {
    // RUN has the executor's root folder here: only the program tells them apart.
    const observed = new Observed(name, isExecutor);
    const place = join(folder, 'container');
    return {
      build: async (context, reference) => {
        const args = ['--insecure', '--insecure-pull', ...cache, '--context=dir:///workspace'];
        using container = kanikoContainer(place, {
          executor: process.env.KANIKO_EXECUTOR!,
          args: [...args, `--destination=${reference}`],
          mounts: [{ source: context, destination: '/workspace' }],
          cgroupsPath: `${observed.name}/run`,
        });
        return await observed.run(container.command);
      },
      [Symbol.asyncDispose]: async () => observed[Symbol.dispose](),
    };
  };
  const missing = (): string | undefined => notNamed('KANIKO_EXECUTOR') ?? notInstalled('runc');
  return { name, missing, open };
}

function isExecutor(pid: number): boolean {
  return readlinkSync(`/proc/${pid}/exe`).endsWith('/kaniko/executor');
}
