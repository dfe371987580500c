import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseDockerfile, resolveStages } from '@slipway/dockerfile';
import { parseReference } from '@slipway/oci';
import { CHECKOUT } from './bundle.ts';
import { CATALOGUE, selectEntries } from './catalogue.ts';

for (const { name, repository, base, tags } of CATALOGUE) {
  const file = join(CHECKOUT, 'images', name, 'Dockerfile');

  test(`images/${name} builds on what the catalogue says`, () => {
    assert.ok(existsSync(file));
    const { target } = resolveStages(parseDockerfile(readFileSync(file, 'utf8'), { file }));
    const all = resolveStages(parseDockerfile(readFileSync(file, 'utf8'))).stages;
    const bases = all.flatMap((stage) => (stage.base.kind === 'image' ? [stage.base.reference] : []));
    const known = CATALOGUE.map((entry) => entry.repository);
    assert.ok(target.stage.instructions.some((one) => one.kind === 'label'));
    if (base === undefined) return assert.deepEqual(bases, ['docker.io/slipway/root-filesystem:bookworm']);
    assert.ok(bases.includes(CATALOGUE.find((entry) => entry.name === base)!.repository));
    for (const reference of bases)
      assert.ok(known.includes(reference), `${reference} is not in the catalogue`);
  });

  test(`the tags of ${name} are valid names, latest among them`, () => {
    for (const suite of ['bookworm', 'trixie', 'sid']) {
      const all = tags({ suite, version: '1.2.3' });
      assert.ok(all.includes('latest'));
      assert.equal(new Set(all).size, all.length);
      for (const tag of all) parseReference(`${repository}:${tag}`);
    }
  });
}

test('an image comes with those that it builds on, in order', () => {
  assert.deepEqual(
    selectEntries(['alpine']).map(({ name }) => name),
    ['debian', 'busybox', 'alpine'],
  );
  assert.deepEqual(selectEntries(), CATALOGUE);
  assert.throws(() => selectEntries(['redis']), { code: 'SEED_UNKNOWN_IMAGE', kind: 'not-found' });
});
