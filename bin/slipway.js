#!/usr/bin/env node
// Plain JavaScript on purpose: the system's Node may be too old for the sources. Where it is not, this runs the bundle
// while that is fresh, else the sources.
const [major] = process.versions.node.split('.');

if (Number(major) < 24) await import('./other-node.js');
else {
  // Not by `import`, which reads all that a module exports: what that loads costs more than the rest of this file.
  const { existsSync } = process.getBuiltinModule('node:fs');
  const { enableCompileCache } = process.getBuiltinModule('node:module');
  const { homedir } = process.getBuiltinModule('node:os');
  const { dirname, join } = process.getBuiltinModule('node:path');
  const { freshBundle } = await import('./bundle.js');
  // Starting is a good part of a short command: types are stripped and sources compiled once a machine.
  // Not in the shared /tmp, where another user could have made the folder first.
  // Not below a folder that is missing either: where that cannot be made (/proc, an automounted /home) Node tries for ever.
  const { XDG_CACHE_HOME: caches } = process.env;
  const place = caches || homedir();
  if (existsSync(place)) enableCompileCache(join(place, caches ? '' : '.cache', 'slipway/compiled'));
  const root = dirname(import.meta.dirname);
  await import(freshBundle(root) ?? join(root, 'packages/cli/src/main.ts'));
}
