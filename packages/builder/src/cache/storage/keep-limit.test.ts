import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, stat, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { storePaths } from '../../build-options.ts';
import { keepCacheLimit } from './keep-limit.ts';

test('a new cache is looked at when the interval has passed, one with a limit of its own at once', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-limit-'));
  try {
    const store = storePaths(folder);
    await mkdir(store.cacheDir, { recursive: true });
    await mkdir(store.layersDir, { recursive: true });
    const marker = join(store.cacheDir, 'limit-checked');
    /** What a look at all layers leaves. */
    const looked = join(store.cacheDir, 'layer-sizes');

    await keepCacheLimit({ store });
    assert.ok(existsSync(marker));
    assert.equal(existsSync(looked), false);

    const longAgo = new Date(Date.now() - 11 * 60 * 1000);
    await utimes(marker, longAgo, longAgo);
    await keepCacheLimit({ store });
    assert.ok(existsSync(looked));
    assert.ok((await stat(marker)).mtime > longAgo);

    await rm(looked);
    await keepCacheLimit({ store });
    assert.equal(existsSync(looked), false);
    await keepCacheLimit({ store, maxBytes: 1 });
    assert.ok(existsSync(looked));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
