import type { Task } from '@slipway/kube';
import { type BuildMethod, commonParams, givenParams } from './method.ts';

/** The Docker daemon of the machine that the pod runs on, by its socket. */
export const docker: BuildMethod = {
  name: 'docker',
  description: "the node's Docker daemon: its socket is mounted, which makes the step root on the node",
  task: 'slipway-docker',
  podSecurity: 'privileged',
  scc: 'hostmount-anyuid',
  privileges: 'hostPath: the daemon’s socket',
  daemon: true,
  stepImages: ['docker.io/library/docker'],
  params: (request) =>
    givenParams([
      ['image', request.image],
      ['dockerfile', request.dockerfile],
      ['context', request.context],
      ['build_extra_args', request.extraArgs?.join(' ')],
      ...commonParams(request),
    ]),
  workspaces: () => [],
  adapt: (task, { dockerSocket }) => (dockerSocket === undefined ? task : withSocket(task, dockerSocket)),
};

/** Tekton replaces variables in many fields of a volume, but not in a hostPath: another socket is another Task. */
function withSocket(task: Task, path: string): Task {
  const volumes = (task.spec.volumes ?? []).map((volume) =>
    volume.hostPath === undefined ? volume : { ...volume, hostPath: { ...volume.hostPath, path } },
  );
  return { ...task, spec: { ...task.spec, volumes } };
}
