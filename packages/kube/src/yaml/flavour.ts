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
    ...tags.filter((tag) => {
      if (typeof tag === 'string') return tag !== 'timestamp' && tag !== 'floatTime' && tag !== 'intTime';
      const dated = tag.tag === `${TAG}timestamp`;
      return !dated && !('format' in tag && tag.format === 'TIME');
    }),
  ],
};
