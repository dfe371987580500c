import { chown } from 'node:fs/promises';
import { posix } from 'node:path';
import type { BindMount, ContainerUser } from '@slipway/containers';
import type { Container } from '@slipway/kube';
import type { PodEnvironment } from '../pod/pod-environment.ts';
import { makeShared } from '../sandbox/sandbox.ts';
import { type CredentialFiles, writeCredentials } from './credentials.ts';
import { makeWorkingDirs, sidecarMounts, stepMounts, writablePathOnMachine } from './step-folders.ts';

/** What the steps annotation adds to one container. */
export interface StepPart {
  readonly isStep: boolean;
  /** Path in the container of the script that runs instead of its command. */
  readonly script: string | undefined;
  readonly mounts: readonly BindMount[];
  /** To be called when the root filesystem is mounted, before the container starts. */
  prepare(place: {
    readonly mounts: readonly BindMount[];
    readonly rootfs: string;
    readonly user: ContainerUser;
    /** HOME of the container. */
    readonly home: string;
    /** That of its user in /etc/passwd. */
    readonly passwdHome: string;
  }): Promise<void>;
}

/** The part of a container that is a step or a sidecar of steps; nothing for any other. */
export function stepPart(environment: PodEnvironment, container: Container): StepPart {
  const { order, sandbox, scripts, credentials, runner } = environment;
  const { name } = container;
  const script = scripts.get(name);
  const index = order?.steps.findIndex((step) => step.container === name) ?? -1;
  if (!order || index < 0) {
    return { isStep: false, script, mounts: script ? sidecarMounts(sandbox) : [], prepare: async () => {} };
  }
  const taken = new Set((container.volumeMounts ?? []).map((mount) => posix.resolve('/', mount.mountPath)));
  return {
    isStep: true,
    script,
    mounts: stepMounts(sandbox, name, index, taken),
    async prepare({ mounts, rootfs, user, home, passwdHome }) {
      const creds = sandbox.container(name, 'creds');
      await makeShared(creds);
      await chown(creds, user.uid, user.gid);
      await makeWorkingDirs(order.workingDirs, mounts, rootfs);
      const into = (folder: string) => (path: string) =>
        writablePathOnMachine(posix.join(folder, path), mounts, rootfs);
      await writeCredentials(credentials, into('/tekton/creds'), user);
      // Tekton only warns where the home folder takes none: the step may not need them.
      for (const [folder, files] of homesOf(credentials, home, passwdHome)) {
        await writeCredentials(files, into(folder), user).catch((error: unknown) => {
          runner.logger.warn('no credentials in the home folder', {
            container: name,
            folder,
            error: String(error),
          });
        });
      }
    },
  };
}

/** HOME takes all credentials; ssh looks for its own where /etc/passwd says, whatever HOME is. */
function homesOf(
  files: CredentialFiles,
  home: string,
  passwdHome: string,
): [folder: string, files: CredentialFiles][] {
  const ssh = new Map([...files].filter(([path]) => path.startsWith('.ssh/')));
  const isElsewhere = ssh.size > 0 && posix.resolve('/', passwdHome) !== posix.resolve('/', home);
  return [[home, files], ...(isElsewhere ? [[passwdHome, ssh] as [string, CredentialFiles]] : [])];
}
