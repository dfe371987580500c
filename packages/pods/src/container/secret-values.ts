import type { Container } from '@slipway/kube';
import type { PodEnvironment } from '../pod/pod-environment.ts';

const MASK = '***';
/** Shorter values are in any text; nobody could read a message without them. */
const MIN_LENGTH = 4;
/** Members of well-known Secrets that keep nothing secret. */
const PUBLIC = new Set(['username', 'email', 'namespace', 'ca.crt', 'tls.crt', 'known_hosts']);
/** What looks like a credential whoever gave it: a user in a URL, a signed token, an Authorization header. */
const SHAPES: readonly [RegExp, string][] = [
  [/\b([a-z][a-z0-9+.-]*:\/\/)[^/@\s"']*@/gi, `$1${MASK}@`],
  [/\beyJ[\w-]{5,}\.[\w-]{5,}\.[\w-]*/g, MASK],
  [/\b(basic|bearer) [\w+/=.~-]{20,}/gi, `$1 ${MASK}`],
  [/("(?:auth|password|identitytoken|secret)"\s*:\s*)"[^"<]*"/gi, `$1"${MASK}"`],
];

/** The text without the values of the Secrets that the container was given, and without what looks like a credential. */
export async function withoutSecrets(
  environment: PodEnvironment,
  container: Container,
  text: string,
): Promise<string> {
  const values: string[] = [];
  for (const name of secretsOf(environment, container)) {
    const data = await environment.lookup.secret(name, true).catch(() => undefined); // as good as missing: shapes are left
    for (const [key, value] of data ?? []) if (!PUBLIC.has(key)) values.push(...secretTexts(value));
  }
  const longestFirst = [...new Set(values)].sort((a, b) => b.length - a.length);
  const masked = longestFirst.reduce((rest, value) => rest.replaceAll(value, MASK), text);
  return SHAPES.reduce((rest, [shape, by]) => rest.replace(shape, by), masked);
}

/** The Secrets that reach a container: by its environment, by volumes, as credentials of its ServiceAccount. */
function secretsOf({ pod, order }: PodEnvironment, container: Container): Set<string> {
  const volumes = pod.spec.volumes ?? [];
  const names = [
    ...(container.envFrom ?? []).map(({ secretRef }) => secretRef?.name),
    ...(container.env ?? []).map(({ valueFrom }) => valueFrom?.secretKeyRef?.name),
    ...volumes.map(({ secret }) => secret?.secretName),
    ...volumes.flatMap(({ projected }) => (projected?.sources ?? []).map(({ secret }) => secret?.name)),
    ...(order?.credentials ?? []).map(({ secret }) => secret),
  ];
  return new Set(names.filter((name) => name !== undefined));
}

/** The texts to hide: each line of the value, and of JSON (docker's configuration) each string and decoded password. */
function secretTexts(value: Buffer): string[] {
  const text = value.toString('utf8');
  const lines = text.split('\n').map((line) => line.trim());
  return [...lines, ...jsonTexts(text)].filter((each) => each.length >= MIN_LENGTH);
}

function jsonTexts(text: string): string[] {
  if (!text.trimStart().startsWith('{')) return [];
  const found: string[] = [];
  try {
    JSON.parse(text, (key, value: unknown) => {
      if (typeof value !== 'string' || PUBLIC.has(key)) return value;
      found.push(value);
      if (key === 'auth')
        found.push(
          Buffer.from(value, 'base64')
            .toString('utf8')
            .replace(/^[^:]*:/, ''),
        );
      return value;
    });
  } catch {
    return []; // not JSON: its lines are hidden as they are
  }
  return found;
}
