// A control plane with kaniko, a private Git repository, and what a team of 2019 had in its namespace.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TemporaryFolder, temporaryFolder } from '@slipway/testkit';
import { type GitServer, serveGit } from '../packages/cli/src/demo/git-server.ts';
import { execute } from './cli.ts';
import { startControlPlane } from './control-plane.ts';
import { seededState } from './seeded-state.ts';

export const REGISTRY = 'docker-registry.default.svc.cluster.local:5000';

export interface Ended {
  readonly reason: string;
  readonly message: string;
  /** Of all steps, in any order: kubectl has none for the containers of a Pod. */
  readonly log: string;
}

/** A repository with a Dockerfile, served to `me` only. */
async function serveRepository(folder: TemporaryFolder): Promise<{ server: GitServer; commit: string }> {
  const work = folder.join('work');
  mkdirSync(work);
  writeFileSync(join(work, 'Dockerfile'), 'FROM busybox\nCOPY hello /hello\nCMD ["cat", "/hello"]\n');
  writeFileSync(join(work, 'hello'), 'hello\n');
  const git = (...args: string[]): string =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', '-C', work, ...args], {
      encoding: 'utf8',
    });
  git('init', '-q', '-b', 'master');
  git('add', '.');
  git('commit', '-q', '-m', 'hello');
  git('clone', '-q', '--bare', work, folder.join('repos/app.git'));
  const credentials = { username: 'me', password: 'p:ss w@rd' };
  const server = await serveGit({ folder: folder.join('repos'), credentials });
  return { server, commit: git('rev-parse', 'HEAD').trim() };
}

/** The namespace of one test file: ServiceAccount `pipeline` that may push and clone, resources `app-git` and `app-image`. */
export class TeamNamespace implements AsyncDisposable {
  readonly name: string;
  readonly folder: TemporaryFolder;
  /** `<url>/app.git` is the repository; Secret `git-user` has its user and password. */
  readonly gitUrl: string;
  readonly commit: string;
  readonly stateFolder: string;
  readonly #kubeconfig: string;
  readonly #end: AsyncDisposable;

  private constructor(
    name: string,
    folder: TemporaryFolder,
    git: { gitUrl: string; commit: string },
    control: { kubeconfig: string; stateFolder: string },
    end: AsyncDisposable,
  ) {
    this.name = name;
    this.folder = folder;
    this.gitUrl = git.gitUrl;
    this.commit = git.commit;
    this.stateFolder = control.stateFolder;
    this.#kubeconfig = control.kubeconfig;
    this.#end = end;
  }

  static async start(title: string): Promise<TeamNamespace> {
    await using stack = new AsyncDisposableStack();
    const folder = stack.use(temporaryFolder(`slipway-${title}-`));
    const { server, commit } = await serveRepository(folder);
    stack.use(server);
    const state = stack.use(await seededState('busybox', 'kaniko'));
    const { kubeconfig } = await startControlPlane(state);
    const name = `${title}-${process.pid}`;
    const git = { gitUrl: server.url, commit };
    const team = new TeamNamespace(
      name,
      folder,
      git,
      { kubeconfig, stateFolder: state.folder },
      stack.move(),
    );
    try {
      await team.#furnish();
    } catch (error) {
      await team[Symbol.asyncDispose]();
      throw error;
    }
    return team;
  }

  async #furnish(): Promise<void> {
    await this.kubectl('create', 'namespace', this.name);
    await this.kubectl('create', 'serviceaccount', 'pipeline');
    const role = ['--clusterrole=system:image-builder', `--serviceaccount=${this.name}:pipeline`];
    await this.kubectl('create', 'rolebinding', 'pipeline', ...role);
    await this.apply(`
apiVersion: v1
kind: Secret
metadata: {name: git-user, annotations: {tekton.dev/git-0: "${this.gitUrl}"}}
type: kubernetes.io/basic-auth
stringData: {username: me, password: "p:ss w@rd"}
---
apiVersion: tekton.dev/v1alpha1
kind: PipelineResource
metadata: {name: app-git}
spec:
  type: git
  params:
    - {name: revision, value: master}
    - {name: url, value: "${this.gitUrl}/app.git"}
---
apiVersion: tekton.dev/v1alpha1
kind: PipelineResource
metadata: {name: app-image}
spec:
  type: image
  params:
    - {name: url, value: ${REGISTRY}/${this.name}/app}
`);
    await this.kubectl('patch', 'serviceaccount', 'pipeline', '-p', '{"secrets":[{"name":"git-user"}]}');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end[Symbol.asyncDispose]();
  }

  kubectl(...args: string[]): Promise<string> {
    return this.#kubectl(args, '');
  }

  apply(yaml: string): Promise<string> {
    return this.#kubectl(['apply', '-f', '-'], yaml);
  }

  async #kubectl(args: readonly string[], input: string): Promise<string> {
    const env = { KUBECONFIG: this.#kubeconfig, HOME: this.folder.path };
    const outcome = await execute('kubectl', ['-n', this.name, ...args], { env, input });
    assert.equal(outcome.code, 0, `kubectl ${args.join(' ')}: ${outcome.stderr}`);
    return outcome.stdout.trim();
  }

  /** Waits for a run's end, as a client of v1alpha1. */
  async ended(name: string, kind: 'taskRun' | 'pipelineRun' = 'taskRun'): Promise<Ended> {
    const one = [`${kind.toLowerCase()}s.v1alpha1.tekton.dev`, name];
    await this.kubectl('wait', '--for=jsonpath={.status.completionTime}', '--timeout=120s', ...one);
    const [condition] = JSON.parse(await this.kubectl('get', ...one, '-o', 'jsonpath={.status.conditions}'));
    const pods = ['-l', `tekton.dev/${kind}=${name}`, '--all-containers', '--tail=-1'];
    const log = await this.kubectl('logs', ...pods).catch(() => '');
    return { ...condition, log };
  }
}
