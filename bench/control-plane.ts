import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { HttpKubeClient, type KubeObject, loadKubeconfig, resources, type TaskRun } from '@slipway/kube';
import { median, type Row, residentMegabytes } from './measure.ts';
import { slipway } from './slipway.ts';

const run = promisify(execFile);
const ROUNDS = 20;
const IDLE_MS = 10_000;
const NAMESPACE = 'default';

interface Status {
  readonly pid: number;
  readonly kubeconfig: string;
}

/** Idle memory of the control plane, and a trivial TaskRun from create to Succeeded. */
export async function measureControlPlane(stateDir: string): Promise<Row[]> {
  await slipway('up', '--detach', '--api-port=0', '--registry-port=0', `--state-dir=${stateDir}`);
  try {
    const status = JSON.parse(await slipway('status', '-o', 'json', `--state-dir=${stateDir}`)) as Status;
    await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
    const idle = residentMegabytes(status.pid);
    await slipway('seed', 'busybox', `--state-dir=${stateDir}`);
    const client = new HttpKubeClient(await loadKubeconfig({ path: status.kubeconfig }));
    await runTrivial(client); // unpacks the image: the target is for an image that is present
    const times: number[] = [];
    for (let i = 0; i < ROUNDS; i++) times.push(await runTrivial(client));
    return [
      {
        what: 'control plane, idle RSS',
        value: idle,
        unit: 'MB',
        target: 120,
        how: `${IDLE_MS / 1000} s after start`,
      },
      {
        what: 'trivial TaskRun, create to Succeeded',
        value: median(times),
        unit: 'ms',
        target: 300,
        how: `median of ${ROUNDS}`,
      },
      { what: '  the fastest of them', value: Math.min(...times), unit: 'ms', target: 300, how: '' },
      {
        what: 'runc run true, prepared bundle',
        value: await runcAlone(),
        unit: 'ms',
        target: 300,
        how: 'the limit: one container',
      },
    ];
  } finally {
    await slipway('down', `--state-dir=${stateDir}`);
  }
}

/** Milliseconds from the create call to the watch event that says Succeeded. */
async function runTrivial(client: HttpKubeClient): Promise<number> {
  const run: KubeObject = {
    apiVersion: 'tekton.dev/v1',
    kind: 'TaskRun',
    metadata: { name: '', generateName: 'bench-', namespace: NAMESPACE },
    spec: { taskSpec: { steps: [{ name: 'nothing', image: 'busybox', command: ['true'] }] } },
  };
  const stop = new AbortController();
  const { resourceVersion } = await client.list(resources.taskruns, { namespace: NAMESPACE });
  const events = client.watch<TaskRun>(resources.taskruns, {
    namespace: NAMESPACE,
    resourceVersion,
    signal: stop.signal,
  });
  const started = performance.now();
  const created = await client.create(resources.taskruns, run);
  try {
    for await (const { object } of events) {
      if (object.metadata.name !== created.metadata.name) continue;
      const condition = object.status?.conditions?.find(({ type }) => type === 'Succeeded');
      if (condition?.status === 'True') return performance.now() - started;
      if (condition?.status === 'False') throw new Error(`the TaskRun failed: ${condition.message}`);
    }
    throw new Error('the watch ended before the TaskRun did');
  } finally {
    stop.abort();
  }
}

/** What runc itself needs for a container that does nothing; the rest is ours. */
async function runcAlone(): Promise<number> {
  const { stdout } = await run('sh', ['-c', RUNC_SCRIPT]);
  return Number(stdout.trim());
}

const RUNC_SCRIPT = `set -e
bundle=$(mktemp -d); trap 'rm -rf "$bundle"' EXIT
mkdir -p "$bundle/rootfs/bin"; cp "$(command -v busybox || echo /bin/busybox)" "$bundle/rootfs/bin/true"
cd "$bundle"; runc spec; sed -i 's/"terminal": true/"terminal": false/; s/"sh"/"true"/' config.json
for i in 1 2 3 4 5 6 7 8 9; do
  s=$(date +%s%N); runc run "slipway-bench-$$-$i" </dev/null >/dev/null 2>&1; e=$(date +%s%N); echo $(( (e - s) / 10000 ))
done | sort -n | sed -n 5p | awk '{print $1 / 100}'`;
