/** The platform of an image, in Go's words: os `linux`, architecture `amd64`, variant `v8`. */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string | undefined;
  readonly 'os.version'?: string | undefined;
  readonly 'os.features'?: readonly string[] | undefined;
}

const GO_ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386', ppc64: 'ppc64le' };
/** Variants that mean the same as none. */
const DEFAULT_VARIANTS: Readonly<Record<string, string>> = { arm64: 'v8', arm: 'v7', amd64: 'v1' };

/** The platform whose programs this machine runs. */
export function hostPlatform(): Platform {
  return { os: 'linux', architecture: GO_ARCHITECTURES[process.arch] ?? process.arch };
}

/** `linux/amd64`, `linux/arm/v7`. */
export function formatPlatform(platform: Platform): string {
  return [platform.os, platform.architecture, platform.variant].filter((part) => part).join('/');
}

/** Reads `linux/arm64/v8`; an architecture alone means linux. */
export function parsePlatform(text: string): Platform {
  const [first = '', second, variant] = text.toLowerCase().split('/');
  if (second === undefined) return { os: 'linux', architecture: canonicalArchitecture(first) };
  return {
    os: first,
    architecture: canonicalArchitecture(second),
    ...(variant === undefined ? {} : { variant }),
  };
}

function canonicalArchitecture(name: string): string {
  return { x86_64: 'amd64', 'x86-64': 'amd64', aarch64: 'arm64', armhf: 'arm', i386: '386' }[name] ?? name;
}

/** Whether an image of platform `have` is what `want` asks for; a missing variant means the architecture's default. */
export function platformMatches(have: Platform, want: Platform): boolean {
  return (
    have.os === want.os &&
    have.architecture === want.architecture &&
    effectiveVariant(have) === effectiveVariant(want)
  );
}

function effectiveVariant(platform: Platform): string | undefined {
  return platform.variant || DEFAULT_VARIANTS[platform.architecture];
}
