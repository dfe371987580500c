import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { appendFile, cp, mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';

/** The RUNs of a workload, to be run without a builder. */
export interface Runs {
  /** The base image that they run in. */
  readonly base: string;
  /** What COPY puts there before: a path of the context, and one of the image. */
  readonly copied?: readonly [string, string];
  /** In a shell. Those that a builder may run at once are so here. */
  readonly script: string;
  /** Whether the one-line change makes them necessary again. */
  readonly again: boolean;
}

/** Something to build, from base images of one registry. */
export interface Workload {
  readonly name: string;
  readonly title: string;
  /** Base images that it needs. */
  readonly bases: readonly string[];
  /** Makes a context that nobody has built before; `mark` is in its files. */
  readonly create: (folder: string, registry: string, mark: string) => Promise<void>;
  /** The one-line change. */
  readonly change: (folder: string, mark: string) => Promise<void>;
  readonly runs?: Runs;
}

const EXAMPLE = join(dirname(dirname(import.meta.dirname)), 'examples/hello-go');
const FILES = 20_000;
const HALF = 256 << 20;

const go: Workload = {
  name: 'go',
  title: 'Go app',
  bases: ['golang', 'alpine'],
  create: async (folder, registry, mark) => {
    await cp(EXAMPLE, folder, { recursive: true });
    const text = await readFile(join(folder, 'Dockerfile'), 'utf8');
    await writeFile(join(folder, 'Dockerfile'), text.replace(/^FROM (\w+)/gm, `FROM ${registry}/library/$1`));
    await go.change(folder, mark);
  },
  change: async (folder, mark) => appendFile(join(folder, 'src/main.go'), `\n// ${mark}\n`),
  runs: {
    base: 'golang',
    copied: ['src', '/src'],
    script: 'cd /src && CGO_ENABLED=0 go build -ldflags "-s -w -X main.version=dev" -o /out/hello .',
    again: true,
  },
};

const TOUCH = 'for i in 1 2 3 4 5 6 7 8 9 10; do echo more >> /tree/$i/file-0; done';
const MAKE = 'mkdir /made && cd /made && for i in $(seq 2000); do echo "file $i" > $i; done';

const files: Workload = {
  name: 'files',
  title: '20,000 files',
  bases: ['debian'],
  create: async (folder, registry, mark) => {
    await writeFile(
      await inside(folder, 'Dockerfile'),
      `FROM ${registry}/library/debian\nCOPY tree /tree\nRUN ${TOUCH}\nRUN ${MAKE}\n`,
    );
    const noise = randomBytes(1 << 20);
    for (let index = 0; index < FILES; index++) {
      const path = join(folder, 'tree', String(index % 200), `file-${Math.floor(index / 200)}`);
      if (index < 200) await mkdir(dirname(path), { recursive: true });
      // 4 KB on average, half of it noise, half of it text.
      const half = 512 + ((index * 37) % 3072);
      const at = (index * 4099) % (noise.length - half);
      const text = Buffer.from(`${mark} ${index} line of a text that compresses\n`.repeat(80)).subarray(
        0,
        half,
      );
      await writeFile(path, Buffer.concat([noise.subarray(at, at + half), text]));
    }
  },
  change: async (folder, mark) => appendFile(join(folder, 'tree/7/file-7'), `${mark}\n`),
  runs: { base: 'debian', copied: ['tree', '/tree'], script: `${TOUCH}; ${MAKE}`, again: true },
};

const big: Workload = {
  name: 'big',
  title: '512 MB file',
  bases: ['busybox'],
  create: async (folder, registry) => {
    await writeFile(await inside(folder, 'Dockerfile'), `FROM ${registry}/library/busybox\nCOPY big /big\n`);
    async function* content(): AsyncGenerator<Buffer> {
      for (let done = 0; done < HALF; done += 1 << 20) yield randomBytes(1 << 20);
      for (let done = 0; done < HALF; done += 1 << 20) yield Buffer.alloc(1 << 20);
    }
    await pipeline(content(), createWriteStream(join(folder, 'big')));
  },
  change: async (folder, mark) => {
    await using file = await open(join(folder, 'big'), 'r+');
    await file.write(Buffer.from(mark), 0, undefined, 1000);
  },
};

const stages: Workload = {
  name: 'stages',
  title: 'four stages of 3 s',
  bases: ['busybox'],
  create: async (folder, registry, mark) => {
    const base = `FROM ${registry}/library/busybox`;
    const lines = ['a', 'b', 'c', 'd'].map(
      (name) => `${base} AS ${name}\nCOPY mark /\nRUN sleep 3; echo ${name} > /${name}\n`,
    );
    const unused = `${base} AS unused\nCOPY mark /\nRUN sleep 5\n`;
    const last = ['a', 'b', 'c', 'd'].map((name) => `COPY --from=${name} /${name} /\n`);
    await writeFile(
      await inside(folder, 'Dockerfile'),
      `${lines.join('')}${unused}${base}\n${last.join('')}COPY last /\n`,
    );
    await writeFile(join(folder, 'mark'), mark);
    await stages.change(folder, mark);
  },
  change: async (folder, mark) => writeFile(join(folder, 'last'), mark),
  runs: {
    base: 'busybox',
    script: 'for name in a b c d; do (sleep 3; echo $name > /$name) & done; wait',
    again: false,
  },
};

async function inside(folder: string, name: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  return join(folder, name);
}

export const workloads: readonly Workload[] = [go, files, big, stages];
