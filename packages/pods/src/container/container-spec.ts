import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { type BindMount, type ContainerConfig, runtimeSpec } from '@slipway/containers';
import type { Container } from '@slipway/kube';
import { containerEnvironment } from '../environment/container-env.ts';
import type { ProvidedImage } from '../images/image-provider.ts';
import type { PodEnvironment } from '../pod/pod-environment.ts';
import { podHostname } from '../sandbox/etc-files.ts';
import { serviceFileMounts } from '../sandbox/service-files.ts';
import { stepPart } from '../steps/step-part.ts';
import { volumeMounts } from '../volumes/volume-mounts.ts';
import { containerCommand } from './command.ts';
import { containerResources } from './resources.ts';
import { mountRoot } from './root-filesystem.ts';
import { type ContainerSecurity, containerSecurity } from './security.ts';

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const TERMINATION_LOG = '/dev/termination-log';
/** The kernel looks at containers first when the machine has no memory left, as the kubelet sets it for BestEffort. */
const OOM_SCORE = 1000;

/** A bundle ready to be started. */
export interface PreparedContainer {
  readonly bundle: string;
  readonly cgroupsPath: string;
  /** All mounts that the pod asks for, to find files of the container on this machine. */
  readonly mounts: readonly BindMount[];
  readonly rootfs: string;
}

/** Mounts the root filesystem of a container and writes its bundle. Throws ConfigProblem for what its spec lacks. */
export async function prepareContainer(
  environment: PodEnvironment,
  container: Container,
  image: ProvidedImage,
): Promise<PreparedContainer> {
  const { pod, sandbox } = environment;
  const variables = await containerEnvironment({ ...environment, container });
  const step = stepPart(environment, container);
  const args = containerCommand(container, image.config, variables, step);
  const rootfs = await mountRoot(sandbox, container.name, image.lower);
  const security = await containerSecurity(pod, container, image.config, rootfs);
  const termination = await terminationMount(environment, container);
  const own = await containerMounts(environment, container, variables);
  const files = await serviceFileMounts(environment.serviceFiles, rootfs, own);
  const mounts = [...files, ...own, termination];
  await step.prepare({
    mounts,
    rootfs,
    user: security.user,
    home: variables.get('HOME') ?? imageVariables(image).get('HOME') ?? security.user.home,
    passwdHome: security.user.home,
  });
  const cgroupsPath = `/slipway/${pod.metadata.uid}/${container.name}`;
  const config = containerConfig(container, image, {
    args,
    variables,
    rootfs,
    mounts,
    security,
    cgroupsPath,
  });
  const bundle = sandbox.container(container.name, 'bundle');
  await mkdir(bundle, { recursive: true });
  const isHostPid = pod.spec.hostPID ?? false;
  const spec = runtimeSpec({
    ...config,
    hostname: podHostname(pod),
    ...(isHostPid ? { pidNamespace: 'shared' } : {}),
  });
  await writeFile(`${bundle}/config.json`, JSON.stringify(spec), { mode: 0o600 });
  return { bundle, cgroupsPath, mounts, rootfs };
}

/** The mounts that a container gets from its pod. */
export async function containerMounts(
  environment: PodEnvironment,
  container: Container,
  variables?: ReadonlyMap<string, string>,
): Promise<BindMount[]> {
  const known = variables ?? (await containerEnvironment({ ...environment, container }));
  const own = await volumeMounts(container, environment.volumes, known);
  return [...environment.etcMounts, ...stepPart(environment, container).mounts, ...own];
}

/** The file from which the kubelet reads a container's last words. */
async function terminationMount({ sandbox }: PodEnvironment, container: Container): Promise<BindMount> {
  const source = sandbox.container(container.name, 'termination');
  await writeFile(source, '');
  await chmod(source, 0o666);
  return { source, destination: container.terminationMessagePath ?? TERMINATION_LOG };
}

interface SpecParts {
  readonly args: readonly string[];
  readonly variables: ReadonlyMap<string, string>;
  readonly rootfs: string;
  readonly mounts: readonly BindMount[];
  readonly security: ContainerSecurity;
  readonly cgroupsPath: string;
}

function containerConfig(container: Container, image: ProvidedImage, parts: SpecParts): ContainerConfig {
  const { args, variables, rootfs, mounts, cgroupsPath } = parts;
  const { user, unmasked, ...security } = parts.security;
  const env = new Map([['PATH', PATH], ...imageVariables(image), ...variables]);
  if (!env.has('HOME')) env.set('HOME', user.home);
  return {
    args,
    env: [...env].map(([name, value]) => `${name}=${value}`),
    cwd: container.workingDir || image.config.config?.WorkingDir || '/',
    user,
    rootfs,
    mounts,
    ...security,
    ...(unmasked ? { maskedPaths: [], readonlyPaths: [] } : {}),
    cgroupsPath,
    resources: containerResources(container),
    hostNetwork: true,
    oomScoreAdj: OOM_SCORE,
  };
}

function imageVariables(image: ProvidedImage): Map<string, string> {
  return new Map((image.config.config?.Env ?? []).map(splitVariable));
}

function splitVariable(line: string): [string, string] {
  const equals = line.indexOf('=');
  return equals < 0 ? [line, ''] : [line.slice(0, equals), line.slice(equals + 1)];
}
