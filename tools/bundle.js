// Makes few files of Slipway's thousand sources: they start in less time and memory.
// usage: node tools/bundle.js            the bundle of this checkout, which bin/slipway.js runs while it is fresh
//        node tools/bundle.js <folder>   one to be copied elsewhere, with the package.json that it reads
import { createHash, randomBytes } from 'node:crypto';
import {
  closeSync,
  cpSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, posix, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { MANIFEST } from '../bin/bundle.js';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Programs by their names in the bundle: the command line and kaniko's, in a file for each part that is loaded or is not. */
const COMMAND_LINES = {
  cli: 'packages/cli/src/main.ts',
  kaniko: 'packages/builder/src/kaniko/main.ts',
};

/**
 * The process that builds images and the thread that decompresses a layer, each in one file, since all of it is loaded: as CommonJS,
 * which Node starts in 8 ms less than a dozen modules that import each other.
 */
const WORKERS = {
  worker: 'packages/builder/src/worker.ts',
  decompress: 'packages/oci/src/layers/decompress-thread.ts',
};

/** CommonJS packages in the bundle call `require`, which modules do not have, for modules of Node. */
const BANNER = 'const require = process.getBuiltinModule;';

/** How the two are made. */
const FORMATS = {
  esm: {
    entryPoints: COMMAND_LINES,
    outExtension: { '.js': '.mjs' },
    chunkNames: '[hash]',
    splitting: true,
    banner: { js: BANNER },
  },
  cjs: {
    entryPoints: WORKERS,
    outExtension: { '.js': '.cjs' },
    define: { 'import.meta.dirname': '__dirname' },
  },
};

const BUILTIN = 'builtin';

/** Bundles before this one that stay: a control plane that runs may load more of its own. */
const KEPT = 3;

/** What is to be written into the folder, and from what it was made. */
async function bundle(folder, up) {
  const made = await Promise.all(Object.keys(FORMATS).map((format) => bundleAs(format, folder, up)));
  return {
    files: made.flatMap(({ files }) => files),
    inputs: [...new Set(made.flatMap(({ inputs }) => inputs))],
  };
}

async function bundleAs(format, folder, up) {
  const { outputFiles, metafile } = await build({
    ...FORMATS[format],
    format,
    absWorkingDir: root,
    outdir: folder,
    bundle: true,
    // Names stay and lines are short, for the sake of stack traces; shorter names would save nothing.
    minifyWhitespace: true,
    minifySyntax: true,
    lineLimit: 160,
    platform: 'node',
    target: 'node24',
    logLevel: 'warning',
    metafile: true,
    write: false,
    plugins: [placesOfSources(up), builtinModules],
  });
  const files = outputFiles.map(({ path, contents }) => ({ name: basename(path), contents }));
  return { files, inputs: Object.keys(metafile.inputs).filter((path) => !path.startsWith(BUILTIN)) };
}

/**
 * What a source finds beside itself is found from the bundle, too: data stays where it is, and a program is that of the
 * bundle. `up` leads from the bundle's folder to the one that stands for the checkout.
 */
function placesOfSources(up) {
  return {
    name: 'places of sources',
    setup: ({ onLoad }) => {
      onLoad({ filter: /\/packages\/[^/]+\/src\/.*\.ts$/ }, ({ path }) => {
        const source = readFileSync(path, 'utf8');
        if (!source.includes('import.meta')) return undefined;
        const contents = withPlaces(source, relative(root, path), up);
        if (!/import\.meta(?!\.\$)/.test(contents))
          return { loader: 'ts', contents: contents.replaceAll('import.meta.$', 'import.meta.') };
        const text = "only import.meta.dirname and new URL('…', import.meta.url) can be bundled";
        return { errors: [{ text, location: { file: relative(root, path) } }] };
      });
    },
  };
}

/** The text with places that hold in the bundle, marked with a `$` so that what is left is known. */
function withPlaces(text, path, up) {
  const folder = dirname(path);
  return text
    .replaceAll(/new URL\('([^']+)', import\.meta\.url\)/g, (_, beside) => {
      const target = posix.join(folder, beside);
      const program = Object.keys(WORKERS).find((name) => WORKERS[name] === target);
      const place = program ? `${program}.cjs` : `${up}/${target}`;
      return `process.getBuiltinModule('node:url').pathToFileURL(import.meta.$dirname + '/${place}')`;
    })
    .replaceAll('import.meta.dirname', `(import.meta.$dirname + '/${up}/${folder}')`);
}

/**
 * Node's own modules without the step in which Node reads everything that they export: of node:http alone that loads a
 * client for fetch, which costs 25 ms and 8 MB. Here only what is imported is read: the rest of these exports is left out.
 */
const builtinModules = {
  name: 'builtin modules',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^node:/ }, ({ path }) => ({ path, namespace: BUILTIN, sideEffects: false }));
    onLoad({ filter: /.*/, namespace: BUILTIN }, ({ path }) => {
      const names = Object.keys(process.getBuiltinModule(path)).filter((name) => name !== 'default');
      const exports = names.map((name, index) => {
        const text = JSON.stringify(name);
        return `const $${index} = /* @__PURE__ */ member(${text}); export { $${index} as ${text} };`;
      });
      const all = `const all = process.getBuiltinModule('${path}'); export default all;`;
      const member = 'const member = (name) => all[name];';
      return { contents: [all, member, ...exports].join('\n'), loader: 'js' };
    });
  },
};

/** Whole or not at all, and on the disk: a manifest that survives a crash names no file that does not. */
function writeWhole(path, contents) {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  const file = openSync(temporary, 'wx');
  try {
    writeFileSync(file, contents);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
}

/** Path, size and time of change: what `freshBundle` compares. */
function state(path) {
  const { size, mtimeMs } = statSync(join(root, path));
  return [path, size, mtimeMs];
}

/** How far the clock of a file system may be behind. */
const TICK_MS = 20;

async function bundleCheckout() {
  const dist = join(root, dirname(MANIFEST));
  const started = Date.now();
  const { files, inputs } = await bundle(join(dist, 'bundle'), '../..');
  const hash = createHash('sha256');
  for (const { name, contents } of files) hash.update(`${name} ${contents.length}\n`).update(contents);
  const folder = `${dirname(MANIFEST)}/${hash.digest('hex').slice(0, 12)}`;
  mkdirSync(join(root, folder), { recursive: true });
  for (const { name, contents } of files) writeWhole(join(root, folder, name), contents);
  utimesSync(join(root, folder), new Date(), new Date());
  const configuration = readdirSync(join(root, 'packages')).map((name) => `packages/${name}/package.json`);
  const made = [...inputs, ...configuration, 'package.json', 'tsconfig.json', 'tools/bundle.js'].map(state);
  const changed = made.find(([, , time]) => time > started - TICK_MS);
  if (changed !== undefined) throw new Error(`${changed[0]} was changed while it was bundled`);
  const own = files.map(({ name }) => state(`${folder}/${name}`));
  writeWhole(
    join(root, MANIFEST),
    JSON.stringify({ program: `${folder}/cli.mjs`, files: [...made, ...own] }),
  );
  removeOld(dist);
}

function removeOld(dist) {
  const folders = readdirSync(dist)
    .filter((name) => /^[0-9a-f]{12}$/.test(name))
    .map((name) => join(dist, name))
    .sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
  for (const folder of folders.slice(1 + KEPT)) rmSync(folder, { recursive: true, force: true });
}

async function bundleInto(folder) {
  const { files } = await bundle(join(folder, 'bundle'), '..');
  mkdirSync(join(folder, 'bundle'), { recursive: true });
  for (const { name, contents } of files) writeFileSync(join(folder, 'bundle', name), contents);
  cpSync(join(root, 'package.json'), join(folder, 'package.json'));
}

const [folder] = process.argv.slice(2);
try {
  await (folder === undefined ? bundleCheckout() : bundleInto(folder));
} catch (error) {
  // esbuild has said what it found.
  if (!('errors' in error)) process.stderr.write(`bundle: ${error.message}\n`);
  process.exitCode = 1;
}
