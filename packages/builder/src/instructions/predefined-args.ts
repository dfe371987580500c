import { PROXY_ARGS } from '@slipway/dockerfile';

/** The proxy variables that were given as build arguments, as `NAME=value`: RUN sees them, the image and the cache do not. */
export function predefinedArgs(buildArgs: Readonly<Record<string, string>>): string[] {
  return PROXY_ARGS.filter((name) => Object.hasOwn(buildArgs, name)).map(
    (name) => `${name}=${buildArgs[name]}`,
  );
}
