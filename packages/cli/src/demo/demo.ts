import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { formatBytes } from '@slipway/core';
import { buildInSession } from '../build/build.ts';
import type { BuiltImage } from '../build/built-image.ts';
import { type Interruption, interruptible } from '../interruption.ts';
import { Timeline } from '../print/timeline.ts';
import { ensureImages } from '../seed/seed.ts';
import { openSession, type Session } from '../session.ts';
import { type GitServer, serveGit } from './git-server.ts';
import { keepRunning } from './keep.ts';
import { makeRepository } from './repository.ts';
import { runImage } from './run-image.ts';

const NAMESPACE = 'cicd-demo';
const IMAGE = 'cicd-demo/cicd-demo';
const SOURCES = fileURLToPath(new URL('../../../../examples/hello-go', import.meta.url));

/** The main job, end to end, with everything real: see README. Throws when any part fails. */
export async function runDemo(options: { keep?: boolean; stateDir?: string }): Promise<void> {
  await interruptible((interrupt) => demonstrate(options, interrupt));
}

async function demonstrate(
  options: { keep?: boolean; stateDir?: string },
  interrupt: Interruption,
): Promise<void> {
  const { signal } = interrupt;
  const timeline = new Timeline(5);
  await using stack = new AsyncDisposableStack();
  const session = await timeline.part('control plane and registry', async () => {
    const opened = stack.use(await openSession(options));
    say(`Kubernetes API at ${opened.client.server}, registry at ${opened.embedded?.registry}`);
    return opened;
  });
  await timeline.part('base images', () => ensureImages(session, { signal, say }));
  const { url, commit } = await timeline.part('a Git repository over smart HTTP', () => serveSources(stack));
  const image = await timeline.part('clone, build and push in a pod', () =>
    buildInSession(session, {
      source: { url, revision: commit },
      to: IMAGE,
      namespace: NAMESPACE,
      method: 'native',
      output: 'text',
      signal,
    }),
  );
  await timeline.part('pull by digest and run', () => tryImage(session, image, signal));
  printSummary(session, image, timeline);
  if (options.keep) await keepRunning(session, interrupt);
  else say('Nothing was left running. "npm run demo -- --keep" leaves the control plane up.');
}

const say = (text: string): void => {
  process.stdout.write(`  ${text}\n`);
};

async function serveSources(stack: AsyncDisposableStack): Promise<{ url: string; commit: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-demo-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const commit = await makeRepository(folder, 'cicd-demo', SOURCES);
  const server: GitServer = stack.use(await serveGit({ folder }));
  const url = `${server.url}/cicd-demo.git`;
  say(`${url}, commit ${commit.slice(0, 12)}`);
  return { url, commit };
}

async function tryImage(session: Session, image: BuiltImage, signal: AbortSignal): Promise<void> {
  const answer = await runImage(session, { namespace: NAMESPACE, reference: image.inCluster, signal });
  say(`GET ${answer.url} → ${answer.status} ${answer.body.trim()}`);
}

function printSummary(session: Session, image: BuiltImage, timeline: Timeline): void {
  const state = session.embedded?.stateDir ?? '';
  process.stdout.write(`
image    ${image.reference}
digest   ${image.digest}
size     ${formatBytes(image.size)} compressed, ${image.layers} layers

${timeline.summary()}

State is kept in ${state}; remove that folder to remove everything.
What to try next:
  npx slipway up --detach                         the control plane, and its KUBECONFIG for kubectl
  npx slipway build . --to demo/app               build a folder, uncommitted changes included
  npx slipway image build -t demo .               the builder alone, as docker build
  npx slipway doctor                              what this machine can do
`);
}
