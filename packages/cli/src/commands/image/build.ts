import { type Command, Option } from 'commander';
import { parseSize } from '../../image/quantities.ts';
import { collect, collectCommas, collectPairs, stateDirOption } from '../options.ts';

export interface ImageBuildOptions {
  file?: string;
  tag: string[];
  push?: boolean;
  buildArg?: Record<string, string>;
  label?: Record<string, string>;
  annotation?: Record<string, string>;
  reproducible?: boolean;
  target?: string;
  platform: string[];
  cache: boolean;
  isolation: 'auto' | 'userns' | 'chroot' | 'in-place';
  format: 'oci' | 'docker';
  store?: string;
  digestFile?: string;
  insecure?: boolean;
  quiet?: boolean;
  stateDir?: string;
  /** text, json, or where else the image goes: `type=oci,dest=…`. */
  output: string[];
  metadataFile?: string;
  cacheFrom: string[];
  cacheTo?: string;
  cacheMaxSize?: number;
  explainCache?: boolean;
  progress: 'auto' | 'tty' | 'plain' | 'json' | 'quiet';
  secret: string[];
  check?: boolean;
  ssh: string[];
  buildContext?: Record<string, string>;
}

export function registerImageBuild(image: Command): void {
  const command = image
    .command('build')
    .description('build an image from a Dockerfile, as docker build does')
    .argument(
      '[context]',
      'folder with the sources, URL of a Git repository or of a tar, or - for a tar on standard input',
      '.',
    );
  addImageOptions(command);
  addCacheOptions(command);
  addMountOptions(command);
  addReportOptions(command);
  command.action(async (context: string, options: ImageBuildOptions) => {
    const { runImageBuild } = await import('../../image/build.ts');
    await runImageBuild(context, options);
  });
}

/** What is built, and under which names. */
function addImageOptions(command: Command): void {
  command
    .option('-f, --file <file>', 'Dockerfile; - is standard input (default: <context>/Dockerfile)')
    .option('-t, --tag <reference>', 'name of the image; repeatable', collect, [])
    .option('--push', 'push it to the registry that each name says')
    .option('--build-arg <key=value>', 'value of an ARG; repeatable', collectPairs)
    .option('--label <key=value>', 'label of the image; repeatable', collectPairs)
    .option('--annotation <key=value>', 'annotation of the manifest; repeatable', collectPairs)
    .option(
      '--reproducible',
      'no time in the image is later than the variable SOURCE_DATE_EPOCH says, or than 1970: equal input gives an equal digest',
    )
    .option('--target <stage>', 'stage to build (default: the last one)')
    .option(
      '--platform <list>',
      'platforms to build for: linux/amd64,linux/arm64; several make an index; repeatable',
      collectCommas,
      [],
    )
    .option('--check', 'check the Dockerfile and build nothing; ends with 1 where there is something to say')
    .option('--no-cache', 'run every instruction')
    .addOption(
      new Option(
        '--isolation <rung>',
        'where RUN runs: auto takes the best that this place allows; in-place replaces the files of a container of the executor image',
      )
        .choices(['auto', 'userns', 'chroot', 'in-place'])
        .default('auto'),
    )
    .option('--format <format>', 'media types: oci or docker', 'oci');
}

/** What is kept between builds, and where. */
function addCacheOptions(command: Command): void {
  command
    .option('--store <folder>', 'where content, layers and cache are kept (default: in the state folder)')
    .option(
      '--cache-from <repository>',
      'repository to take results of instructions from; repeatable',
      collect,
      [],
    )
    .option('--cache-to <repository>', 'repository that gets the results of instructions')
    .option(
      '--cache-max-size <size>',
      'what the cache on this machine may hold after the build (default: a tenth of the disk, at least 10 GB; 0 for no limit)',
      parseSize,
    );
}

/** What instructions may take from outside of the context. */
function addMountOptions(command: Command): void {
  command
    .option(
      '--secret <secret>',
      'value for RUN --mount=type=secret: id=NAME,src=FILE or id=NAME,env=VARIABLE; repeatable',
      collect,
      [],
    )
    .option(
      '--ssh <agent>',
      'agent or keys for RUN --mount=type=ssh: default, or ID=SOCKET, or ID=KEY,KEY; repeatable',
      collect,
      [],
    )
    .option(
      '--build-context <name=place>',
      'folder, Git repository, docker-image:// or oci-layout:// for FROM and COPY --from, also in place of a stage; repeatable',
      collectPairs,
    );
}

/** What is told of the build, and where the image goes besides. */
function addReportOptions(command: Command): void {
  command
    .addOption(
      new Option(
        '--progress <how>',
        'how the build is shown: auto is a tree on a terminal, plain lines elsewhere',
      )
        .choices(['auto', 'tty', 'plain', 'json', 'quiet'])
        .default('auto'),
    )
    .option('--explain-cache', 'say of each step that was not in the cache why')
    .option('--metadata-file <file>', 'write digests and names as JSON here')
    .option('--digest-file <file>', 'write the digest of the manifest here')
    .option('--insecure', 'plain HTTP or unverified TLS to the registries')
    .option('-q, --quiet', 'print only the digest')
    .addOption(stateDirOption())
    .option(
      '-o, --output <output>',
      'json for programs, or type=oci|docker|tar|local,dest=PATH for the image as a file or folder; repeatable',
      collect,
      [],
    );
}
