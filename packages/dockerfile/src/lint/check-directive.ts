/** What `# check=` says. */
export interface CheckDirective {
  /** Rules that are off, in lower case; `all` for every one. */
  readonly skip: ReadonlySet<string>;
  /** Experimental rules that are on, in lower case; `all` for every one. */
  readonly experimental: ReadonlySet<string>;
  /** Whether a warning fails the build. */
  readonly error: boolean;
}

/** Reads `skip=A,B;error=true;experimental=all`; what it does not know it leaves alone, as BuildKit does. */
export function parseCheckDirective(text = ''): CheckDirective {
  const options = new Map(
    text.split(';').map((part): [string, string] => {
      const equals = part.indexOf('=');
      return [part.slice(0, Math.max(0, equals)).trim().toLowerCase(), part.slice(equals + 1).trim()];
    }),
  );
  const names = (option: string): Set<string> =>
    new Set((options.get(option) ?? '').split(',').map((name) => name.trim().toLowerCase()));
  return {
    skip: names('skip'),
    experimental: names('experimental'),
    error: /^(1|t|true)$/i.test(options.get('error') ?? ''),
  };
}

/** Whether a rule is on. */
export function isOn({ skip, experimental }: CheckDirective, id: string, isExperimental = false): boolean {
  const name = id.toLowerCase();
  if (skip.has('all') || skip.has(name)) return false;
  return !isExperimental || experimental.has('all') || experimental.has(name);
}
