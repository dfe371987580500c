// A control plane of this process with the clients of its registry: kubectl, skopeo, and images to push.
import { writeFile } from 'node:fs/promises';
import { type ControlPlane, type Policy, startControlPlane } from '@slipway/daemon';
import { type Digest, mediaTypes } from '@slipway/oci';
import { type TemporaryFolder, temporaryFolder } from '@slipway/testkit';
import { execute, type Outcome } from '../../cli.ts';
import { randomImage, type TestImage } from './image.ts';

export interface RegistryPlane extends AsyncDisposable {
  readonly plane: ControlPlane;
  readonly folder: TemporaryFolder;
  /** Runs kubectl as the administrator; its standard output. Throws when it fails. */
  kubectl(command: string, input?: string): Promise<string>;
  /** The same, whatever the outcome. */
  tryKubectl(command: string, input?: string): Promise<Outcome>;
  /** A new token of the ServiceAccount `namespace/name`. */
  token(account: string): Promise<string>;
  /** Makes a namespace with a ServiceAccount for each of these roles, named like the role without `system:image-`. */
  namespace(name: string, roles?: readonly string[]): Promise<void>;
  /** Starts the control plane again in the same folder. */
  restart(): Promise<void>;
}

export async function startRegistryPlane(policy?: Policy): Promise<RegistryPlane> {
  const folder = temporaryFolder('slipway-plane-');
  const stateDir = folder.join('state');
  const start = (more: { policy?: Policy } = {}): Promise<ControlPlane> =>
    startControlPlane({ stateDir, apiPort: 0, registryPort: 0, ...more });
  let plane = await start(policy === undefined ? {} : { policy });
  const tryKubectl = (command: string, input = ''): Promise<Outcome> =>
    execute('kubectl', command.split(' '), {
      input,
      env: { KUBECONFIG: plane.kubeconfig, KUBECACHEDIR: folder.join('cache') },
    });
  const kubectl = async (command: string, input?: string): Promise<string> => {
    const { code, stdout, stderr } = await tryKubectl(command, input);
    if (code !== 0) throw new Error(`kubectl ${command}: ${stderr}`);
    return stdout.trim();
  };
  return {
    get plane() {
      return plane;
    },
    folder,
    kubectl,
    tryKubectl,
    token: (account) => {
      const [namespace, name] = account.split('/');
      return kubectl(`create token ${name} -n ${namespace}`);
    },
    namespace: async (name, roles = ['system:image-builder']) => {
      await kubectl(`create namespace ${name}`);
      for (const role of roles) {
        const account = role.replace('system:image-', '');
        await kubectl(`create serviceaccount ${account} -n ${name}`);
        const subject = `--serviceaccount=${name}:${account}`;
        await kubectl(`create rolebinding ${account} -n ${name} --clusterrole=${role} ${subject}`);
      }
    },
    restart: async () => {
      await plane.close();
      plane = await start();
    },
    [Symbol.asyncDispose]: async () => {
      await plane.close();
      folder[Symbol.dispose]();
    },
  };
}

/** The answer of a push: the status, and the registry's words when it refused. */
export interface PushOutcome {
  readonly status: number;
  readonly text: string;
}

/** Pushes an image over plain HTTP with a token; ends at the first refusal. */
export async function push(
  registry: string,
  name: string,
  token: string,
  image: TestImage = randomImage([100]),
): Promise<PushOutcome & { readonly digest: Digest }> {
  const [repository, tag] = name.split(':');
  const base = `http://${registry}/v2/${repository}`;
  const authorization = `Basic ${Buffer.from(`x:${token}`).toString('base64')}`;
  const { digest } = image;
  for (const blob of image.blobs) {
    const begun = await fetch(`${base}/blobs/uploads/`, { method: 'POST', headers: { authorization } });
    if (begun.status !== 202) return { digest, status: begun.status, text: await begun.text() };
    const url = new URL(begun.headers.get('location')!, base);
    url.searchParams.set('digest', blob.digest);
    const body = new Uint8Array(blob.bytes);
    const put = await fetch(url, { method: 'PUT', body, headers: { authorization } });
    if (put.status !== 201) return { digest, status: put.status, text: await put.text() };
  }
  const headers = { authorization, 'content-type': mediaTypes.ociManifest };
  const body = new Uint8Array(image.manifest);
  const answer = await fetch(`${base}/manifests/${tag}`, { method: 'PUT', headers, body });
  return { digest, status: answer.status, text: await answer.text() };
}

/** Writes what skopeo and buildah need to know: that signatures are not asked for. */
export async function writePolicy(folder: TemporaryFolder): Promise<string> {
  const file = folder.join('policy.json');
  await writeFile(file, '{"default":[{"type":"insecureAcceptAnything"}]}');
  return file;
}
