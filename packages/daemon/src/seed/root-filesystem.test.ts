import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultSources } from './apt-sources.ts';
import { mmdebstrapArguments } from './root-filesystem.ts';

test('the root filesystem is small, without devices, from the sources given', () => {
  const args = mmdebstrapArguments({ suite: 'trixie', sources: defaultSources('trixie') }, true);
  assert.ok(args.includes('--variant=minbase') && args.includes('--skip=output/dev'));
  assert.ok(args.includes('--include=usr-is-merged'));
  assert.deepEqual(args.slice(args.indexOf('trixie')), [
    'trixie',
    '-',
    'deb http://deb.debian.org/debian trixie main',
    'deb http://deb.debian.org/debian trixie-updates main',
    'deb http://deb.debian.org/debian-security trixie-security main',
  ]);
  assert.ok(!args.some((arg) => arg.includes('certificates')));
});

test("sources behind https bring the machine's certificates along", () => {
  const sources = [{ uri: 'https://mirror.corp/debian', suite: 'bookworm', components: ['main'] }];
  const args = mmdebstrapArguments({ suite: 'bookworm', sources }, false);
  assert.ok(args.includes('--include=ca-certificates'));
  assert.ok(args.some((arg) => arg.startsWith('--customize-hook=') && arg.includes('ca-certificates.crt')));
});
