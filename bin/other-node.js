// Starts bin/slipway.js once more with the Node that npm has brought (the `node` package), as this one is too old.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bundledNode = join(root, 'node_modules/node/bin/node');
const flags = ['--disable-warning=ExperimentalWarning'];

if (existsSync(bundledNode)) {
  const child = spawn(bundledNode, [...flags, join(root, 'bin/slipway.js'), ...process.argv.slice(2)], {
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
