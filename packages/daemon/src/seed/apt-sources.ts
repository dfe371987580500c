/** One `deb` line of apt's configuration (sources.list(5)). */
export interface AptSource {
  readonly uri: string;
  readonly suite: string;
  readonly components: readonly string[];
  /** The key file or fingerprint that the source names. */
  readonly signedBy?: string;
}

/** Reads the one-line format: `deb [options] uri suite component…`. */
export function parseSourcesList(text: string): AptSource[] {
  return text.split('\n').flatMap((line) => {
    const match = /^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s+([^#]*)/.exec(line);
    if (!match) return [];
    const [, options = '', uri, suite, components] = match;
    const signedBy = /(?:^|\s)signed-by=(\S+)/i.exec(options)?.[1];
    return [source(uri!, suite!, words(components!), signedBy)];
  });
}

/** Reads the deb822 format: paragraphs of `Types:`, `URIs:`, `Suites:`, `Components:`. */
export function parseDeb822(text: string): AptSource[] {
  const paragraphs = text.replace(/^#.*\n?/gm, '').split(/\n[ \t]*\n/);
  return paragraphs.flatMap((paragraph) => {
    const fields = new Map(
      [...paragraph.matchAll(/^([A-Za-z-]+):[ \t]*(.*(?:\n[ \t]+.*)*)/gm)].map(([, name, value]) => [
        name!.toLowerCase(),
        words(value!),
      ]),
    );
    const off = ['no', 'false'].includes(fields.get('enabled')?.[0]?.toLowerCase() ?? 'yes');
    if (off || !fields.get('types')?.includes('deb')) return [];
    const signedBy = fields.get('signed-by')?.[0];
    return (fields.get('uris') ?? []).flatMap((uri) =>
      (fields.get('suites') ?? []).map((suite) =>
        source(uri, suite, fields.get('components') ?? [], signedBy),
      ),
    );
  });
}

function source(uri: string, suite: string, components: readonly string[], signedBy?: string): AptSource {
  return { uri, suite, components, ...(signedBy === undefined ? {} : { signedBy }) };
}

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}

/**
 * Whether the source is Debian's own archive, or a mirror of it, for this release. Others often use the same suite names, so
 * the key decides, and where none is named, the path that Debian's mirrors have.
 */
export function isDebianArchive(source: AptSource, release: string): boolean {
  const suites = [release, `${release}-updates`, `${release}-security`, `${release}/updates`];
  if (!suites.includes(source.suite) || !source.components.includes('main')) return false;
  if (source.signedBy !== undefined) return source.signedBy.includes('debian-archive');
  return /\/debian(-security)?\/?$/.test(source.uri);
}

/** The line for sources.list. The key is left out: the archive's own keyring is in every Debian. */
export function sourceLine({ uri, suite, components }: AptSource): string {
  return `deb ${uri} ${suite} ${components.join(' ')}`;
}

/** The sources to use where the machine names none. */
export function defaultSources(release: string): AptSource[] {
  const debian = 'http://deb.debian.org/debian';
  const components = ['main'];
  return [
    { uri: debian, suite: release, components },
    { uri: debian, suite: `${release}-updates`, components },
    { uri: `${debian}-security`, suite: `${release}-security`, components },
  ];
}
