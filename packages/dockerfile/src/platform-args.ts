/** A platform as docker writes it: `linux/amd64`, `linux/arm/v7`. */
export interface PlatformParts {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string | undefined;
}

/** The build arguments that every build has; a stage sees one after `ARG <name>`, FROM at once. `stage` is the name of what is built. */
export function platformArgs(
  build: PlatformParts,
  target: PlatformParts,
  stage = 'default',
): Record<string, string> {
  return {
    BUILDPLATFORM: format(build),
    BUILDOS: build.os,
    BUILDOSVERSION: '',
    BUILDARCH: build.architecture,
    BUILDVARIANT: build.variant ?? '',
    TARGETPLATFORM: format(target),
    TARGETOS: target.os,
    TARGETOSVERSION: '',
    TARGETARCH: target.architecture,
    TARGETVARIANT: target.variant ?? '',
    TARGETSTAGE: stage,
  };
}

function format({ os, architecture, variant }: PlatformParts): string {
  return variant ? `${os}/${architecture}/${variant}` : `${os}/${architecture}`;
}

/** Build arguments that RUN sees without an ARG, and that neither the image nor the cache keeps. */
export const PROXY_ARGS: readonly string[] = [
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'FTP_PROXY',
  'NO_PROXY',
  'ALL_PROXY',
].flatMap((name) => [name, name.toLowerCase()]);
