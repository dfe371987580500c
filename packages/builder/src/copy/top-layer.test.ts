import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { temporaryFolder } from '@slipway/testkit';
import { bytePath } from './byte-path.ts';
import { hasAsFiles } from './top-layer.ts';

const cases: readonly { readonly name: string; readonly paths: readonly string[]; readonly want: boolean }[] =
  [
    { name: 'a file', paths: ['/file'], want: true },
    { name: 'a file in folders', paths: ['/out/bin/app'], want: true },
    { name: 'several', paths: ['/file', '/out/bin/app'], want: true },
    { name: 'one of several is elsewhere', paths: ['/file', '/other'], want: false },
    { name: 'what is not there', paths: ['/other'], want: false },
    { name: 'a folder, which others may add to', paths: ['/out'], want: false },
    { name: 'an empty file, which may be a whiteout', paths: ['/empty'], want: false },
    { name: 'a link to a file', paths: ['/link'], want: true },
    { name: 'a link to a folder on the way', paths: ['/bin/app'], want: true },
    { name: 'a link that starts at the root of the layer', paths: ['/absolute'], want: true },
    { name: 'a link to what is elsewhere', paths: ['/dangling'], want: false },
    { name: 'a link that would leave the layer', paths: ['/leaving'], want: true },
    { name: 'back from what may be a link below', paths: ['/back'], want: false },
    { name: 'below a file', paths: ['/file/x'], want: false },
  ];

for (const { name, paths, want } of cases) {
  test(`whether the topmost layer is enough: ${name}`, () => {
    using folder = temporaryFolder();
    mkdirSync(folder.join('out/bin'), { recursive: true });
    writeFileSync(folder.join('out/bin/app'), 'app');
    writeFileSync(folder.join('file'), 'file');
    writeFileSync(folder.join('empty'), '');
    const links = {
      link: 'out/bin/app',
      bin: 'out/bin',
      absolute: '/out/bin/app',
      dangling: 'elsewhere/app',
      leaving: '../../file',
      back: 'elsewhere/../file',
    };
    for (const [from, to] of Object.entries(links)) symlinkSync(to, folder.join(from));
    assert.equal(hasAsFiles(folder.join('.'), paths.map(bytePath)), want);
  });
}
