import { readFileSync } from 'node:fs';

/** The version of the umbrella package; the bundle in the executor image keeps the same relative path. */
export function version(): string {
  const manifest = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}
