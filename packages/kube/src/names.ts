import { createHash, randomInt } from 'node:crypto';

/** The letters of generated names: no vowels, so no words; nothing that reads like another. */
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';
/** How many letters Kubernetes adds to a name that it makes. */
export const SUFFIX_LENGTH = 5;
const MAX_NAME = 63;
const MD5_LENGTH = 32;

/** `length` random letters that are safe in a name. */
export function randomSuffix(length: number = SUFFIX_LENGTH): string {
  return Array.from({ length }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
}

/** Letters such as Kubernetes adds to a name, which follow from the seeds: a second look finds what the first one made. */
export function suffixFor(...seeds: readonly string[]): string {
  const hash = createHash('sha256').update(seeds.join('\n')).digest();
  return [...hash.subarray(0, SUFFIX_LENGTH)].map((byte) => ALPHABET[byte % ALPHABET.length]).join('');
}

/** A name from `generateName`: the base, cut so that it fits 63 characters, and five random letters. */
export function generateName(base: string): string {
  return base.slice(0, MAX_NAME - SUFFIX_LENGTH) + randomSuffix();
}

/**
 * The name of a child object as knative's kmeta.ChildName makes it, since clients compute the same: `parent` + `suffix`;
 * longer than 63 characters, the parent cut, an MD5 of the parent, and the suffix.
 */
export function childName(parent: string, suffix: string): string {
  if (parent.length + suffix.length <= MAX_NAME) return parent + suffix;
  const room = MAX_NAME - MD5_LENGTH - suffix.length;
  if (room > 0) return parent.slice(0, room) + md5(parent) + suffix;
  const hashed = parent.slice(0, MAX_NAME - MD5_LENGTH) + md5(parent + suffix) + suffix;
  return hashed.slice(0, MAX_NAME).replace(/[^a-zA-Z0-9]+$/, '');
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}

const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const DNS_LABEL = new RegExp(`^${LABEL}$`);
const DNS_SUBDOMAIN = new RegExp(`^${LABEL}(\\.${LABEL})*$`);
const QUALIFIED = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;

const LABEL_RULE =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with " +
  "an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const SUBDOMAIN_RULE =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and " +
  "end with an alphanumeric character (e.g. 'example.com', regex used for validation is " +
  "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const QUALIFIED_RULE =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric " +
  "character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const LABEL_VALUE_RULE =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end " +
  "with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is " +
  "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

const tooLong = (max: number): string => `must be no more than ${max} characters`;

/** What is wrong with a DNS label (namespaces, containers, volumes); empty when nothing is. */
export function dnsLabelProblems(name: string): string[] {
  return [...(name.length > 63 ? [tooLong(63)] : []), ...(DNS_LABEL.test(name) ? [] : [LABEL_RULE])];
}

/** What is wrong with a DNS subdomain (the names of most objects); empty when nothing is. */
export function dnsSubdomainProblems(name: string): string[] {
  return [
    ...(name.length > 253 ? [tooLong(253)] : []),
    ...(DNS_SUBDOMAIN.test(name) ? [] : [SUBDOMAIN_RULE]),
  ];
}

/** What is wrong with the name of a role or binding, which may be any one path segment. */
export function pathSegmentProblems(name: string): string[] {
  if (name === '.' || name === '..') return [`may not be '${name}'`];
  return ['/', '%'].filter((bad) => name.includes(bad)).map((bad) => `may not contain '${bad}'`);
}

/** What is wrong with a label or annotation key: `[prefix/]name`. */
export function qualifiedNameProblems(key: string): string[] {
  const parts = key.split('/');
  if (parts.length > 2) {
    return [
      `a qualified name ${QUALIFIED_RULE.slice('name part '.length)} with an optional DNS subdomain prefix`,
    ];
  }
  const name = parts.at(-1) ?? '';
  const prefix = parts.length === 2 ? dnsSubdomainProblems(parts[0] ?? '') : [];
  const problems = prefix.map((problem) => `prefix part ${problem}`);
  if (name === '') return [...problems, 'name part must be non-empty'];
  if (name.length > 63) problems.push(`name part ${tooLong(63)}`);
  if (!QUALIFIED.test(name)) problems.push(QUALIFIED_RULE);
  return problems;
}

/** What is wrong with a label's value; the empty string is right. */
export function labelValueProblems(value: string): string[] {
  if (value === '') return [];
  return [...(value.length > 63 ? [tooLong(63)] : []), ...(QUALIFIED.test(value) ? [] : [LABEL_VALUE_RULE])];
}
