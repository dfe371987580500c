import { type BuildMethod, commonParams, givenParams } from './method.ts';

/** kaniko's executor: ours behind its command line, or itself on a cluster. */
export const kaniko: BuildMethod = {
  name: 'kaniko',
  description: "kaniko's command line, unprivileged: root in the container with the default capabilities",
  task: 'slipway-kaniko',
  podSecurity: 'baseline',
  scc: 'anyuid',
  privileges: 'root',
  stepImages: ['gcr.io/kaniko-project/executor'],
  params: (request) =>
    givenParams([
      ['IMAGE', request.image],
      ['DOCKERFILE', request.dockerfile],
      ['CONTEXT', request.context],
      ['EXTRA_ARGS', request.extraArgs?.length ? [...request.extraArgs] : undefined],
      ...commonParams(request),
    ]),
  workspaces: () => [],
};
