import type { Param, ParamValue } from '@slipway/kube';
import type { BuildRequest } from '../build-request.ts';
import { type BuildMethod, CACHE_CLAIM } from './method.ts';

/** Slipway's own builder: unprivileged, incremental. */
export const native: BuildMethod = {
  name: 'native',
  description: "Slipway's own builder, unprivileged: root in the container with the default capabilities",
  task: 'slipway-build',
  podSecurity: 'baseline',
  params: nativeParams,
  workspaces: ({ cacheSize }) =>
    cacheSize === undefined ? [] : [{ name: 'cache', persistentVolumeClaim: { claimName: CACHE_CLAIM } }],
};

function nativeParams(request: BuildRequest): Param[] {
  const { source, image, dockerfile, context, target, buildArgs = {}, extraArgs = [] } = request;
  const args = Object.entries(buildArgs).map(([key, value]) => `${key}=${value}`);
  const given: [name: string, value: ParamValue | undefined][] = [
    ['IMAGE', image],
    ['URL', 'url' in source ? source.url : undefined],
    ['REVISION', 'url' in source ? source.revision : undefined],
    ['SOURCE_BUNDLE', 'bundle' in source ? source.bundle : undefined],
    ['DOCKERFILE', dockerfile],
    ['CONTEXT', context],
    ['TARGET', target],
    ['BUILD_ARGS', args.length > 0 ? args : undefined],
    ['EXTRA_ARGS', extraArgs.length > 0 ? [...extraArgs] : undefined],
  ];
  return given.flatMap(([name, value]) => (value === undefined ? [] : [{ name, value }]));
}
