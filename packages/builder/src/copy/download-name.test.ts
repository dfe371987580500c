import assert from 'node:assert/strict';
import { test } from 'node:test';
import { downloadName } from './download-name.ts';

const cases: [url: string, disposition: string | null, name: string][] = [
  ['http://h/a/file.tar.gz?x=1#y', null, 'file.tar.gz'],
  ['http://h/a/', null, 'a'],
  ['http://h', null, 'download'],
  ['http://h/with%20space', null, 'with space'],
  ['http://h/a%2Fb', null, 'b'],
  ['http://h/%zz', null, '%zz'],
  ['http://h/a/%2e%2e', null, 'download'],
  ['http://h/line%0Abreak', null, 'download'],
  ['http://h/get', 'attachment; filename=plain.zip', 'plain.zip'],
  ['http://h/get', 'attachment; filename="a \\"quoted\\" name"; size=3', 'a "quoted" name'],
  ['http://h/get', "attachment; filename=ascii; filename*=UTF-8''gr%C3%BC%C3%9Fe", 'grüße'],
  ['http://h/get', 'attachment; filename="../../etc/passwd"', 'passwd'],
  ['http://h/get', 'attachment; filename=".."', 'download'],
  ['http://h/get', 'attachment; filename="folder/"', 'get'],
  ['http://h/get', 'attachment; filename=""', 'get'],
  ['http://h/get', 'inline', 'get'],
];
for (const [url, disposition, name] of cases) {
  test(`the name of ${url}${disposition === null ? '' : ` with ${disposition}`}`, () =>
    assert.equal(downloadName(new URL(url), disposition), name));
}
