import { type BuildMethod, CACHE_CLAIM, commonParams, givenParams } from './method.ts';

/** Slipway's own builder: unprivileged, incremental. */
export const native: BuildMethod = {
  name: 'native',
  description: "Slipway's own builder, unprivileged: root in the container with the default capabilities",
  task: 'slipway-build',
  podSecurity: 'baseline',
  scc: 'anyuid',
  privileges: 'root',
  stepImages: [],
  params: (request) =>
    givenParams([
      ['IMAGE', request.image],
      ['DOCKERFILE', request.dockerfile],
      ['CONTEXT', request.context],
      ['EXTRA_ARGS', request.extraArgs?.length ? [...request.extraArgs] : undefined],
      ...commonParams(request),
    ]),
  workspaces: ({ cacheSize }) =>
    cacheSize === undefined ? [] : [{ name: 'cache', persistentVolumeClaim: { claimName: CACHE_CLAIM } }],
};
