// Every folder of parity/testdata built by us and by `docker build`, and compared entry by entry: by the BuildKit inside
// Debian's dockerd, or by the one that BUILDKITD and BUILDCTL name.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { hasBuildkitd } from '../buildkitd.ts';
import { missingDockerd } from '../dockerd.ts';
import { type Attempt, type BothAttempts, Builders } from './parity/builders.ts';
import { type ParityCase, parityCases } from './parity/cases.ts';
import { differences } from './parity/compare.ts';
import { differencesFromBuildkit, differencesFromDocker } from './parity/differences.ts';

const only = process.env.PARITY_CASE;
const knownDifferences = hasBuildkitd() ? differencesFromBuildkit : differencesFromDocker;
const cases = parityCases().filter(({ name }) => only === undefined || new RegExp(only).test(name));

function failureOf(attempt: Attempt): string | undefined {
  return 'failure' in attempt ? attempt.failure : undefined;
}

describe('the image that docker build gives', { skip: hasBuildkitd() ? undefined : missingDockerd() }, () => {
  let builders: Builders;
  let attempts: Map<string, BothAttempts>;
  const began = Math.floor(Date.now() / 1000);
  const met = new Set<unknown>();

  before(async () => {
    builders = await Builders.open();
    attempts = await builders.buildAll(cases);
  });
  after(() => builders?.[Symbol.asyncDispose]());

  /** The lines of the comparison that no known difference explains. */
  function unexplained(name: string, lines: readonly string[]): string[] {
    return lines.filter((line) => {
      const known = knownDifferences.filter((each) => each.cases.test(name) && each.line.test(line));
      for (const each of known) met.add(each);
      return known.length === 0;
    });
  }

  function compare(each: ParityCase): void {
    const { ours, docker } = attempts.get(each.name)!;
    const lines: string[] = [];
    const failures = { slipway: failureOf(ours), docker: failureOf(docker) };
    if (each.fails !== undefined) {
      for (const [who, failure] of Object.entries(failures)) {
        if (failure === undefined) lines.push(`${who} builds it`);
        else assert.match(failure, new RegExp(each.fails, 'i'), who);
      }
    } else if ('image' in ours && 'image' in docker) {
      lines.push(
        ...differences(ours.image, docker.image, { began, treeOnly: each.hasReference && !hasBuildkitd() }),
      );
    } else {
      for (const [who, failure] of Object.entries(failures)) {
        if (failure !== undefined) lines.push(`${who} fails: ${failure}`);
      }
    }
    assert.deepEqual(unexplained(each.name, lines), []);
  }

  for (const each of cases) test(each.name, () => compare(each));

  test('every listed difference is still one', { skip: only !== undefined }, () => {
    assert.deepEqual(
      knownDifferences.filter((each) => !met.has(each) && !each.varies),
      [],
    );
  });
});
