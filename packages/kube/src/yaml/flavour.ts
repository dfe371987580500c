import type { ScalarTag, Tags } from 'yaml';

const TAG = 'tag:yaml.org,2002:';

interface Flavour {
  readonly version: '1.1';
  readonly customTags: (tags: Tags) => Tags;
}

/** `0o14`, which Go reads as an octal number beside YAML 1.1's `014`. */
const prefixedOctal: ScalarTag = {
  tag: `${TAG}int`,
  default: true,
  test: /^[-+]?0o[0-7]+$/,
  resolve: (text) => {
    const sign = text.startsWith('-') ? -1 : 1;
    return sign * Number.parseInt(text.replace(/^[-+]?0o/, ''), 8);
  },
};

/** Decimal numbers as go-yaml knows them: `1e3` is one, and `.` is text, which YAML 1.1 would call a number of no value. */
const goFloat: ScalarTag = {
  tag: `${TAG}float`,
  default: true,
  test: /^[-+]?(?:\.[0-9]+|[0-9][0-9_]*\.[0-9_]*|[0-9][0-9_]*(?=[eE]))(?:[eE][-+]?[0-9]+)?$/,
  resolve: (text) => Number(text.replaceAll('_', '')),
};

/** Whether the tag reads a number with a decimal point: `goFloat` takes its place. */
function isDecimalFloat(tag: ScalarTag): boolean {
  return tag.tag === `${TAG}float` && (tag.test?.test('1.5') || tag.test?.test('1.5e3')) === true;
}

/** YAML to write: text that any reader of version 1.1, or Go, would take for something else is quoted. */
export const quotedYaml: Flavour = {
  version: '1.1',
  customTags: (tags) => [prefixedOctal, ...tags],
};

/**
 * YAML as kubectl reads it (go-yaml): version 1.1 with its booleans and octal numbers, but dates and `12:30` stay text,
 * and nothing becomes what JSON has no form for.
 */
export const kubernetesYaml: Flavour = {
  version: '1.1',
  customTags: (tags) => [
    prefixedOctal,
    goFloat,
    ...tags.filter((tag) => {
      if (typeof tag === 'string') return tag !== 'timestamp' && tag !== 'floatTime' && tag !== 'intTime';
      const dated = tag.tag === `${TAG}timestamp`;
      return !dated && !isDecimalFloat(tag as ScalarTag) && !('format' in tag && tag.format === 'TIME');
    }),
  ],
};
