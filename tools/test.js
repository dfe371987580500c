// Runs the test suites and ends with the counts.
// usage: node tools/test.js check|unit|integration|e2e|all
import { spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const node = join(root, 'node_modules/node/bin/node');
const find = (pattern) => globSync(pattern, { cwd: root, exclude: (name) => name === 'node_modules' }).sort();

const suites = {
  lint: [['lint', 'node', ['tools/lint.js']]],
  types: [['types', join(root, 'node_modules/.bin/tsc'), ['-p', 'tsconfig.json']]],
  dead: [['dead code', 'npm', ['run', '--silent', 'dead']]],
  unit: [testsOf('unit', ['packages/*/src/**/*.test.ts', 'test/*.test.ts'], 2)],
  integration: [testsOf('integration', ['test/integration/*.test.ts'], 1)],
  e2e: [testsOf('end to end', ['test/e2e/*.test.ts'], 1)],
};
suites.check = [...suites.lint, ...suites.types, ...suites.dead, ...suites.unit];
suites.all = [...suites.check, ...suites.integration, ...suites.e2e];

function testsOf(title, patterns, concurrency) {
  return [
    title,
    node,
    ['--disable-warning=ExperimentalWarning', '--test', `--test-concurrency=${concurrency}`],
    patterns,
  ];
}

const counts = { passed: 0, failed: 0, skipped: 0 };
let broken = 0;

function runSuite([title, command, args, patterns]) {
  process.stdout.write(`\n== ${title}\n`);
  const started = Date.now();
  const files = patterns ? patterns.flatMap(find) : [];
  if (patterns && files.length === 0) return;
  const result = spawnSync(command, [...args, ...files], {
    cwd: root,
    stdio: ['ignore', patterns ? 'pipe' : 'inherit', 'inherit'],
    maxBuffer: 1 << 30,
    encoding: 'utf8',
  });
  if (patterns) {
    process.stdout.write(result.stdout ?? '');
    for (const [key, word] of [
      ['passed', 'pass'],
      ['failed', 'fail'],
      ['skipped', 'skipped'],
    ]) {
      counts[key] += Number(new RegExp(`^. ${word} (\\d+)$`, 'm').exec(result.stdout ?? '')?.[1] ?? 0);
    }
  }
  if (result.status !== 0) broken += 1;
  process.stdout.write(
    `== ${title}: ${result.status === 0 ? 'ok' : 'FAILED'} in ${((Date.now() - started) / 1000).toFixed(1)} s\n`,
  );
}

const wanted = process.argv[2] ?? 'all';
if (!suites[wanted]) {
  process.stderr.write(`test: unknown suite "${wanted}"; one of ${Object.keys(suites).join(', ')}\n`);
  process.exit(2);
}
// Base images are made once a run, in a folder that the end-to-end tests share.
process.env.SLIPWAY_TEST_STATE = mkdtempSync(join(tmpdir(), 'slipway-test-'));
try {
  for (const suite of suites[wanted]) runSuite(suite);
} finally {
  rmSync(process.env.SLIPWAY_TEST_STATE, { recursive: true, force: true });
}
process.stdout.write(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`);
process.exit(broken === 0 ? 0 : 1);
