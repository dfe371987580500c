import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatPlatform, parsePlatform, platformMatches } from './platform.ts';

const texts: [text: string, formatted: string][] = [
  ['linux/amd64', 'linux/amd64'],
  ['linux/arm64/v8', 'linux/arm64/v8'],
  ['arm64', 'linux/arm64'],
  ['linux/x86_64', 'linux/amd64'],
  ['Linux/aarch64', 'linux/arm64'],
];

for (const [text, formatted] of texts) {
  test(`platform ${text}`, () => assert.equal(formatPlatform(parsePlatform(text)), formatted));
}

const matches: [have: string, want: string, fits: boolean][] = [
  ['linux/arm64', 'linux/arm64/v8', true],
  ['linux/arm', 'linux/arm/v7', true],
  ['linux/arm/v6', 'linux/arm', false],
  ['linux/amd64', 'linux/arm64', false],
  ['windows/amd64', 'linux/amd64', false],
];

for (const [have, want, fits] of matches) {
  test(`an image for ${have} ${fits ? 'is' : 'is not'} for ${want}`, () => {
    assert.equal(platformMatches(parsePlatform(have), parsePlatform(want)), fits);
  });
}
