// Makes a bare checkout ready: npm packages, and the system packages a purpose needs.
// usage: node tools/setup.js demo|story|test|check|bench
// As root it installs what is missing with apt; otherwise it lists exactly what to install and stops.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freshBundle } from '../bin/bundle.js';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** command to look for → Debian package that brings it */
const run = {
  git: 'git',
  runc: 'runc',
  conmon: 'conmon',
  newuidmap: 'uidmap',
  setfattr: 'attr',
  openssl: 'openssl',
  mmdebstrap: 'mmdebstrap',
};
const test = {
  ...run,
  busybox: 'busybox-static',
  skopeo: 'skopeo',
  buildah: 'buildah',
  'ssh-agent': 'openssh-client',
};
const story = { ...run, docker: 'docker.io', dockerd: 'docker.io' };
const needs = { check: {}, demo: run, story, test, bench: test };

function onPath(command) {
  const folders = `${process.env.PATH}:/usr/sbin:/sbin`.split(':');
  return folders.some((folder) => existsSync(join(folder, command)));
}

function step(title, command, args, options = {}) {
  process.stdout.write(`setup: ${title}\n`);
  const result = spawnSync(command, args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'], ...options });
  if (result.status === 0) return;
  process.stderr.write(
    `setup: "${command} ${args.join(' ')}" failed (${result.error?.message ?? `exit ${result.status}`})\n`,
  );
  process.exit(1);
}

function installNpmPackages() {
  const stamp = join(root, 'node_modules/.slipway-lock');
  const lock = readFileSync(join(root, 'package-lock.json'), 'utf8');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return;
  step('npm packages (npm ci)', 'npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
  writeFileSync(stamp, lock);
}

/** Commands start sooner from a bundle. Without it they run all the same, so that it is no reason to stop. */
function makeBundle() {
  if (freshBundle(root) !== undefined) return;
  process.stdout.write('setup: a bundle of the sources, which starts sooner\n');
  const { status } = spawnSync(join(root, 'node_modules/node/bin/node'), [join(root, 'tools/bundle.js')], {
    cwd: root,
    stdio: 'inherit',
  });
  if (status !== 0) process.stderr.write('setup: there is no bundle; slipway runs from its sources\n');
}

function installSystemPackages(purpose) {
  const missing = Object.entries(needs[purpose] ?? {})
    .filter(([command]) => !onPath(command))
    .map(([, name]) => name);
  if (missing.length === 0) return;
  if (process.getuid() !== 0 || !onPath('apt-get')) {
    process.stderr.write(
      `setup: these system packages are missing: ${missing.join(' ')}\n` +
        `setup: install them with: sudo apt-get install --no-install-recommends ${missing.join(' ')}\n`,
    );
    process.exit(1);
  }
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const lists = '/var/lib/apt/lists';
  const day = 24 * 3600 * 1000;
  const fresh = existsSync(lists) && Date.now() - statSync(lists).mtimeMs < day;
  const install = ['install', '-y', '-qq', '--no-install-recommends', ...missing];
  process.stdout.write(`setup: system packages (${missing.join(' ')})\n`);
  if (fresh && spawnSync('apt-get', install, { stdio: 'ignore', env }).status === 0) return;
  step('package lists first (apt-get update)', 'apt-get', ['update', '-qq'], { env });
  step('system packages', 'apt-get', install, { env });
}

const purpose = process.argv[2] ?? 'demo';
if (!(purpose in needs)) {
  process.stderr.write(`setup: unknown purpose "${purpose}"; one of ${Object.keys(needs).join(', ')}\n`);
  process.exit(2);
}
installNpmPackages();
makeBundle();
installSystemPackages(purpose);
