import { type BuildMethod, commonParams, givenParams } from './method.ts';

/** buildah in a user namespace of its own, with overlay mounts and chroot isolation. */
export const buildah: BuildMethod = {
  name: 'buildah',
  description: 'buildah, unprivileged: root in the container with SETUID, SETGID and SETFCAP',
  task: 'slipway-buildah',
  podSecurity: 'baseline',
  scc: 'privileged',
  privileges: 'root + SETFCAP',
  stepImages: ['quay.io/buildah/stable'],
  params: (request) =>
    givenParams([
      ['IMAGE', request.image],
      ['DOCKERFILE', request.dockerfile],
      ['CONTEXT', request.context],
      ['BUILD_EXTRA_ARGS', request.extraArgs?.join(' ')],
      ...commonParams(request),
    ]),
  workspaces: () => [],
};
