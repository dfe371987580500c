#!/usr/bin/env node
// Plain JavaScript on purpose: the system's Node may be too old for the sources, so this file finds the right
// Node (the `node` npm package, version 24) and runs the CLI under it: the bundle while it is fresh, else the sources.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import * as module from 'node:module';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freshBundle } from './bundle.js';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bundledNode = join(root, 'node_modules/node/bin/node');
const flags = ['--disable-warning=ExperimentalWarning'];

if (Number(process.versions.node.split('.')[0]) >= 24) {
  // Starting is a good part of a short command: types are stripped and sources compiled once a machine.
  // Not in the shared /tmp, where another user could have made the folder first.
  // Not below a folder that is missing either: where that cannot be made (/proc, an automounted /home) Node tries for ever.
  const { XDG_CACHE_HOME: caches } = process.env;
  const place = caches || homedir();
  if (existsSync(place)) module.enableCompileCache(join(place, caches ? '' : '.cache', 'slipway/compiled'));
  const bundle = freshBundle(root);
  await import(bundle === undefined ? join(root, 'packages/cli/src/main.ts') : join(bundle, 'cli.mjs'));
} else if (existsSync(bundledNode)) {
  const child = spawn(bundledNode, [...flags, fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: 'inherit',
  });
  // A terminal sends Ctrl-C to the child as well: forwarded as SIGTERM it does not count as a second one there.
  let asked;
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(name, () => {
      asked ??= name;
      child.kill(name === 'SIGINT' ? 'SIGTERM' : name);
    });
  }
  child.on('exit', (code, signal) => {
    const end = signal && (asked ?? signal);
    if (end) process.removeAllListeners(end).kill(process.pid, end);
    else process.exit(code ?? 1);
  });
} else {
  process.stderr.write(
    `slipway needs Node 24 or newer, and this is ${process.version}.\nRun "npm ci" in ${root} once: it brings the right one.\n`,
  );
  process.exit(1);
}
