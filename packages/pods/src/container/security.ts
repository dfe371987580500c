import { containerCapabilities, type ResolvedUser, resolveUser } from '@slipway/containers';
import type { Container, Pod } from '@slipway/kube';
import type { ImageConfig } from '@slipway/oci';
import { ConfigProblem } from './config-problem.ts';

/** What a container may do, from its own and its pod's securityContext. */
export interface ContainerSecurity {
  readonly user: ResolvedUser;
  readonly capabilities: readonly string[];
  readonly privileged: boolean;
  readonly noNewPrivileges: boolean;
  readonly readonlyRootfs: boolean;
  readonly seccomp: 'unconfined' | 'runtime-default';
  /** Nothing of /proc is hidden (procMount: Unmasked). */
  readonly unmasked: boolean;
}

/** Resolves a container's securityContext; the image's own files say who users are. Throws ConfigProblem. */
export async function containerSecurity(
  pod: Pod,
  container: Container,
  image: ImageConfig,
  rootfs: string,
): Promise<ContainerSecurity> {
  const own = container.securityContext ?? {};
  const shared = pod.spec.securityContext ?? {};
  const user = await userOf(pod, container, image, rootfs);
  if ((own.runAsNonRoot ?? shared.runAsNonRoot) && user.uid === 0) {
    throw new ConfigProblem('container has runAsNonRoot and image will run as root');
  }
  const seccomp = own.seccompProfile ?? shared.seccompProfile;
  if (seccomp?.type === 'Localhost') {
    throw new ConfigProblem(
      'seccompProfile of type Localhost is not supported; RuntimeDefault and Unconfined are',
    );
  }
  return {
    user,
    capabilities: containerCapabilities(own.capabilities ?? {}),
    privileged: own.privileged ?? false,
    noNewPrivileges: own.allowPrivilegeEscalation === false,
    readonlyRootfs: own.readOnlyRootFilesystem ?? false,
    seccomp: seccomp?.type === 'RuntimeDefault' ? 'runtime-default' : 'unconfined',
    unmasked: own.procMount === 'Unmasked',
  };
}

async function userOf(
  pod: Pod,
  container: Container,
  image: ImageConfig,
  rootfs: string,
): Promise<ResolvedUser> {
  const own = container.securityContext ?? {};
  const { runAsUser, runAsGroup, supplementalGroups = [], fsGroup } = pod.spec.securityContext ?? {};
  const uid = own.runAsUser ?? runAsUser;
  const wanted = uid === undefined ? (image.config?.User ?? '') : String(uid);
  const found = await resolveUser(rootfs, wanted).catch((error: unknown) => {
    throw new ConfigProblem(error instanceof Error ? error.message : String(error), error);
  });
  const gid = own.runAsGroup ?? runAsGroup ?? found.gid;
  // The primary group is among the others too, so that a program which drops it does not gain what is denied to it;
  // the image's is none of them where the pod names another.
  const more = [
    gid,
    ...found.additionalGids.filter((one) => one !== found.gid),
    ...supplementalGroups,
    ...(fsGroup === undefined ? [] : [fsGroup]),
  ];
  return { ...found, gid, additionalGids: [...new Set(more)] };
}
