import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { SlipwayError, toSlipwayError } from '@slipway/core';
import { serveGit } from '../demo/git-server.ts';
import { makeRepository } from '../demo/repository.ts';
import { interruptible } from '../interruption.ts';
import { Timeline } from '../print/timeline.ts';
import { ensureImages } from '../seed/seed.ts';
import { type EmbeddedSession, openSession, type Session } from '../session.ts';
import { type DockerDaemon, dockerDaemon } from './docker-daemon.ts';
import { hostsLine } from './hosts-line.ts';
import {
  ACCOUNT,
  REGISTRY_NAME,
  STORY_METHODS,
  type StoryMethod,
  writeSources,
  writeStoryYaml,
} from './old-yaml.ts';
import { Shell } from './shell.ts';

const run = promisify(execFile);
const REPOSITORY = 'app';
const PROGRAM = fileURLToPath(new URL('../../../../bin/slipway.js', import.meta.url));

export interface StoryOptions {
  readonly stateDir?: string;
  /** A folder with other Tasks and Dockerfiles than those of `examples/story`. */
  readonly tasks?: string;
}

/** Everything that the parts of the story share. */
interface Stage {
  readonly shell: Shell;
  readonly namespace: string;
  /** The beginning of a command about that namespace. */
  readonly kubectl: string;
  /** The methods that can be played here. */
  readonly methods: readonly StoryMethod[];
}

/**
 * An engineer's day with Tekton v1alpha1 and OpenShift 3.11, played on this machine: the old YAML as it is, the commands of
 * then, docker, buildah and kaniko for real. Throws when any part of it fails.
 */
export async function runStory(options: StoryOptions): Promise<void> {
  await interruptible(({ signal }) => play(options, signal));
}

async function play({ stateDir, tasks }: StoryOptions, signal: AbortSignal): Promise<void> {
  const timeline = new Timeline(8);
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'slipway-story-'));
  stack.defer(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }));
  const session = await timeline.part('control plane and registry', () => open(stack, stateDir));
  const embedded = session.embedded!;
  const methods = await timeline.part('images', () => prepareImages(stack, session, signal));
  const url = await timeline.part('a Git repository over smart HTTP', () => serve(stack, folder, tasks));
  const work = join(folder, 'yaml');
  await mkdir(work);
  const shell = await openShell(work, embedded, signal);
  const namespace = await writeStoryYaml(work, url, tasks);
  const stage = { shell, namespace, kubectl: `kubectl -n ${namespace}`, methods };
  await timeline.part('a project, an account that may push, a password', () => prepareProject(stage));
  await timeline.part('the YAML of 2019, as it is', () => applyOldYaml(stage));
  await timeline.part('kaniko, without privileges; docker and buildah with a grant', () => buildAll(stage));
  await timeline.part('the same, converted to v1', () => buildConverted(stage));
  await timeline.part('what the images hold', () => compareImages(stage));
  process.stdout.write(`\n${timeline.summary()}\n`);
}

const say = (text: string): void => {
  process.stdout.write(`  ${text}\n`);
};

async function open(stack: AsyncDisposableStack, stateDir: string | undefined): Promise<Session> {
  const session = stack.use(await openSession({ stateDir }));
  say(`Kubernetes API at ${session.client.server}, registry at ${session.embedded?.registry}`);
  return session;
}

/** The images that steps run in and build on, also in the docker daemon; without one the story has no docker. */
async function prepareImages(
  stack: AsyncDisposableStack,
  session: Session,
  signal: AbortSignal,
): Promise<StoryMethod[]> {
  await ensureImages(session, { methods: STORY_METHODS, clone: true, signal, say });
  try {
    const daemon = stack.use(await dockerDaemon(signal));
    const { serviceAddress, registry } = session.embedded!;
    stack.use(await hostsLine(serviceAddress, REGISTRY_NAME));
    await loadBaseImages(stack, daemon, registry);
    return [...STORY_METHODS];
  } catch (error) {
    signal.throwIfAborted();
    const { code, message } = toSlipwayError(error);
    if (code !== 'DOCKER_UNAVAILABLE') throw error;
    say(`docker is left out: ${message}`);
    return STORY_METHODS.filter((method) => method !== 'docker');
  }
}

/** The daemon takes base images from its own store where docker.io does not answer. */
async function loadBaseImages(
  stack: AsyncDisposableStack,
  { own }: DockerDaemon,
  registry: string,
): Promise<void> {
  for (const name of ['golang', 'alpine']) {
    const has = await run('docker', ['image', 'inspect', name]).catch(() => undefined);
    if (has) continue;
    const source = `${registry}/docker.io/library/${name}`;
    await run('docker', ['pull', '--quiet', source]);
    await run('docker', ['tag', source, name]);
    if (!own) stack.defer(() => run('docker', ['rmi', source, name]).then(() => {}));
    say(`docker has ${name} from ${source}`);
  }
}

async function serve(
  stack: AsyncDisposableStack,
  folder: string,
  tasks: string | undefined,
): Promise<string> {
  const sources = join(folder, 'sources');
  await writeSources(sources, tasks);
  const repositories = join(folder, 'git');
  const commit = await makeRepository(repositories, REPOSITORY, sources);
  const bare = join(repositories, `${REPOSITORY}.git`);
  await run('git', ['--git-dir', bare, 'update-ref', 'refs/heads/master', commit]);
  const server = stack.use(await serveGit({ folder: repositories }));
  const url = `${server.url}/${REPOSITORY}.git`;
  say(`${url}, commit ${commit.slice(0, 12)} on master`);
  return url;
}

/** A shell with kubectl, docker and slipway set up for this control plane. */
async function openShell(work: string, embedded: EmbeddedSession, signal: AbortSignal): Promise<Shell> {
  const { stateDir } = embedded;
  await run('kubectl', ['version', '--client']).catch((cause) => {
    throw new SlipwayError(
      'unavailable',
      'KUBECTL_MISSING',
      'the story is told with kubectl, which is not here',
      {
        hint: 'https://kubernetes.io/docs/tasks/tools says how to install it',
        cause,
      },
    );
  });
  const bin = join(work, '.bin');
  await mkdir(bin);
  const script = `#!/bin/sh\nexec '${process.execPath}' '${PROGRAM}' "$@"\n`;
  await writeFile(join(bin, 'slipway'), script, { mode: 0o755 });
  const env = {
    PATH: `${bin}:${process.env.PATH}`,
    KUBECONFIG: join(stateDir, 'kubeconfig'),
    SLIPWAY_STATE_DIR: stateDir,
    DOCKER_CONFIG: join(work, '.docker'),
  };
  return new Shell(work, env, signal);
}

/** What `oc new-project`, `oc create sa` and `oc adm policy add-role-to-user` did. A story that was played before is tidied away. */
async function prepareProject({ shell, namespace, kubectl: k }: Stage): Promise<void> {
  await shell.run(`kubectl delete namespace ${namespace} --ignore-not-found`);
  await shell.run(`kubectl create namespace ${namespace}`);
  await shell.run(`${k} create serviceaccount ${ACCOUNT}`);
  const subject = `--serviceaccount=${namespace}:${ACCOUNT}`;
  await shell.run(`${k} create rolebinding may-push --clusterrole=system:image-builder ${subject}`);
  await shell.run(`until ${k} get secret | grep ${ACCOUNT}-token; do sleep 0.2; done`);
  const secret = `$(${k} get secret | grep ${ACCOUNT}-token | head -1 | awk '{print $1}')`;
  const token = `${k} get secret ${secret} -o jsonpath="{.data.token}" | base64 -d`;
  await shell.run(`umask 077; ${token} >token; wc -c token`);
  const auths = `{"auths": {"${REGISTRY_NAME}:5000": {"auth": "%s"}}}`;
  await shell.run(`umask 077; printf '${auths}' "$(printf 'x:%s' "$(cat token)" | base64 -w0)" >config.json`);
  await shell.run(`${k} create configmap docker-config --from-file=config.json=config.json`);
}

async function applyOldYaml({ shell, kubectl: k }: Stage): Promise<void> {
  await shell.run('grep -h apiVersion *.yaml | sort | uniq -c');
  await shell.run(`${k} apply -f source.yaml`);
  for (const method of STORY_METHODS) {
    await shell.run(`${k} apply -f image-${method}.yaml -f task-${method}.yaml`);
  }
  await shell.run(`${k} get tasks,pipelineresources`);
}

/** The privileged Tasks are refused first: the message says what would be right. */
async function buildAll({ shell, namespace, kubectl: k, methods }: Stage): Promise<void> {
  const [first, ...privileged] = methods;
  await shell.run(`slipway run -f run-${first}.yaml`);
  for (const method of privileged) {
    const refused = await shell.run(`slipway run -f run-${method}.yaml`, { mayFail: true });
    if (refused.code === 0) {
      const why = `${method} ran privileged, though nobody had granted that`;
      throw new SlipwayError('failed', 'STORY_NOT_REFUSED', why);
    }
  }
  await shell.run(`slipway grant scc privileged -z ${ACCOUNT} -n ${namespace}`);
  for (const method of privileged) {
    await shell.run(`${k} delete taskrun build-with-${method}`);
    await shell.run(`slipway run -f run-${method}.yaml`);
  }
  await shell.run(`${k} get taskruns`);
}

/** v1 has no PipelineResources: a Task clones, and params say where to push. The new Tasks take the old ones' place. */
async function buildConverted({ shell, namespace, methods }: Stage): Promise<void> {
  for (const method of methods) {
    const files = ['task', 'image', 'run'].map((what) => `${what}-${method}.yaml`);
    const given = ['source.yaml', ...files].map((file) => `-f ${file}`).join(' ');
    await shell.run(`sed -i s,/app-${method}$,/app-${method}-v1, image-${method}.yaml`);
    await shell.run(`slipway convert ${given} -o v1-${method}.yaml`);
    await shell.run(`slipway run -n ${namespace} -f v1-${method}.yaml`);
  }
}

async function compareImages({ shell, namespace, kubectl: k, methods }: Stage): Promise<void> {
  await shell.run(`${k} get imagestreamtags`);
  const outputs = new Map<string, string>();
  for (const name of methods.flatMap((method) => [method, `${method}-v1`])) {
    const image = `${REGISTRY_NAME}:5000/${namespace}/app-${name}`;
    await shell.run(`${k} run app-${name} --image=${image} --restart=Never`);
    const phase = '{.status.phase}=Succeeded';
    await shell.run(`${k} wait --for=jsonpath='${phase}' pod/app-${name} --timeout=60s`);
    outputs.set(name, (await shell.run(`${k} logs app-${name}`)).stdout);
  }
  if (methods.includes('docker')) await pullWithDocker({ shell, namespace }, outputs);
  const different = new Set(outputs.values());
  if (different.size === 1 && [...different][0] !== '') return;
  throw new SlipwayError('failed', 'STORY_IMAGES_DIFFER', `the images do not say the same: ${[...outputs]}`);
}

/** The daemon that built one of the images takes all of them. */
async function pullWithDocker(
  { shell, namespace }: Pick<Stage, 'shell' | 'namespace'>,
  outputs: Map<string, string>,
): Promise<void> {
  await shell.run(`docker login --username x --password-stdin ${REGISTRY_NAME}:5000 <token`);
  for (const name of [...outputs.keys()]) {
    const image = `${REGISTRY_NAME}:5000/${namespace}/app-${name}`;
    await shell.run(`docker pull --quiet ${image}`);
    const { stdout } = await shell.run(`docker run --rm --network=none ${image}`);
    outputs.set(`${name} in docker`, stdout);
    await shell.run(`docker rmi ${image} >/dev/null`);
  }
}
