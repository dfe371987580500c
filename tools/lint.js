// Runs Biome from its platform package: the umbrella package's lockfile entry breaks `npm ci` on some platforms.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const biome = join(root, `node_modules/@biomejs/cli-linux-${process.arch}/biome`);
const paths = process.argv.slice(2).filter((arg) => !arg.startsWith('--'));
const flags = process.argv.slice(2).filter((arg) => arg.startsWith('--'));
const args = ['check', '--error-on-warnings', ...flags, ...paths];
const { status, error } = spawnSync(biome, args, { cwd: root, stdio: 'inherit' });
if (error) process.stderr.write(`lint: ${error.message}\n`);
process.exit(status ?? 1);
