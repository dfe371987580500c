import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseManifests, resourceFor } from '@slipway/kube';
import { tektonAdmission } from '@slipway/tekton';

const folder = join(import.meta.dirname, '../../examples');

for (const name of readdirSync(folder).filter((file) => file.endsWith('.yaml'))) {
  test(`Tekton takes the objects of examples/${name}`, () => {
    for (const { object } of parseManifests(readFileSync(join(folder, name), 'utf8'), name)) {
      const type = resourceFor(object);
      assert.ok(type, `${object.apiVersion} ${object.kind} is not a type of the API`);
      tektonAdmission().admit({ operation: 'CREATE', type, object });
    }
  });
}
