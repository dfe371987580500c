import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { test } from 'node:test';

const root = dirname(import.meta.dirname);
const packagesFolder = join(root, 'packages');
const packages = readdirSync(packagesFolder).filter((name) => !name.startsWith('.'));

/** package → packages it may import, from the table in docs/architecture.md */
function allowedArrows(): Map<string, string[]> {
  const [firstSection = ''] = readFileSync(join(root, 'docs/architecture.md'), 'utf8').split('\n## ');
  const rows = firstSection.matchAll(/^\| `([a-z]+)` \|[^|]*\|([^|]*)\|$/gm);
  return new Map([...rows].map(([, name, list]) => [name!, list!.match(/[a-z]+/g) ?? []]));
}

/** Every module specifier of a source file, dynamic imports included. */
function imports(file: string): string[] {
  const text = readFileSync(file, 'utf8');
  const found = text.matchAll(
    /(?:^|\n)\s*(?:import|export)\b[^'"`;]*?from\s+['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]/g,
  );
  const bare = text.matchAll(/^import\s+['"]([^'"]+)['"]/gm);
  return [...found].map((match) => match[1] ?? match[2]!).concat([...bare].map((match) => match[1]!));
}

function sources(name: string): string[] {
  return readdirSync(join(packagesFolder, name, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => join(packagesFolder, name, 'src', file));
}

function manifest(name: string): {
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
} {
  return JSON.parse(readFileSync(join(packagesFolder, name, 'package.json'), 'utf8'));
}

const internal = (specifier: string): string | undefined => /^@slipway\/([a-z]+)$/.exec(specifier)?.[1];

test('every package is in the table, and every row is a package', () => {
  assert.deepEqual([...allowedArrows().keys()].sort(), [...packages].sort());
});

for (const name of packages) {
  const isTest = (file: string): boolean => file.endsWith('.test.ts');

  test(`${name}: the manifest and the imports follow the arrows`, () => {
    const allowed = allowedArrows().get(name) ?? [];
    const declared = Object.keys(manifest(name).dependencies ?? {});
    for (const dependency of declared.map(internal).filter((value) => value !== undefined)) {
      assert.ok(
        allowed.includes(dependency),
        `packages/${name}/package.json may not depend on ${dependency}`,
      );
    }
    for (const file of sources(name)) {
      for (const specifier of imports(file)) {
        const target = internal(specifier);
        if (target === undefined || target === name) continue;
        const fits = allowed.includes(target) || (isTest(file) && target === 'testkit');
        assert.ok(fits, `${relative(root, file)} imports @slipway/${target}, which the table does not allow`);
        const named = declared.includes(specifier) || (isTest(file) && target === 'testkit');
        assert.ok(named, `${relative(root, file)} imports ${specifier}, which its manifest does not name`);
      }
    }
  });

  test(`${name}: imports stay inside the package, name its own dependencies and go through index.ts`, () => {
    const declared = Object.keys({ ...manifest(name).dependencies, ...manifest(name).devDependencies });
    for (const file of sources(name)) {
      for (const specifier of imports(file)) {
        if (specifier.startsWith('.')) {
          const target = resolve(dirname(file), specifier);
          const inside = target.startsWith(`${join(packagesFolder, name)}/`);
          assert.ok(inside, `${relative(root, file)} reaches into another package: ${specifier}`);
        } else if (!specifier.startsWith('node:') && !specifier.startsWith('@slipway/')) {
          const known = declared.includes(specifier) || (isTest(file) && specifier === 'fast-check');
          assert.ok(known, `${relative(root, file)} imports ${specifier}, which its manifest does not name`);
        } else if (specifier.startsWith('@slipway/')) {
          assert.ok(internal(specifier), `${relative(root, file)} imports past index.ts: ${specifier}`);
        }
      }
    }
  });
}

test('no package imports in a circle', () => {
  const arrows = allowedArrows();
  const visit = (name: string, path: string[]): void => {
    assert.ok(!path.includes(name), `circle: ${[...path, name].join(' → ')}`);
    for (const next of arrows.get(name) ?? []) visit(next, [...path, name]);
  };
  for (const name of arrows.keys()) visit(name, []);
});
