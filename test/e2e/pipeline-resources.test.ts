// What Tekton's users wrote in 2019, as they wrote it: v1alpha1 and PipelineResources, end to end.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { REGISTRY, TeamNamespace } from '../team-namespace.ts';

let team: TeamNamespace;
before(async () => {
  team = await TeamNamespace.start('story');
});
after(() => team?.[Symbol.asyncDispose]());

describe('a TaskRun of 2019', () => {
  test('clones a private repository, builds with kaniko, and says commit and digest', async () => {
    await team.apply(`
apiVersion: tekton.dev/v1alpha1
kind: Task
metadata: {name: build-with-kaniko}
spec:
  inputs:
    resources:
      - {name: git-source, type: git}
    params:
      - {name: pathToDockerFile, default: /workspace/git-source/Dockerfile}
      - {name: pathToContext, default: "\${inputs.resources.git-source.path}"}
  outputs:
    resources:
      - {name: docker-image, type: image}
  steps:
    - name: login
      image: gcr.io/kaniko-project/executor:debug
      command: [sh, -c]
      args:
        - |
          auth=$(printf 'anyone:%s' "$(cat /var/run/secrets/kubernetes.io/serviceaccount/token)" | base64 | tr -d '\\n')
          mkdir -p $HOME/.docker
          echo "{\\"auths\\":{\\"${REGISTRY}\\":{\\"auth\\":\\"$auth\\"}}}" >$HOME/.docker/config.json
    - name: build
      image: gcr.io/kaniko-project/executor:debug
      securityContext: {runAsUser: 0}
      env: [{name: DOCKER_CONFIG, value: /builder/home/.docker}]
      command:
        - sh
        - "-c"
        - "
            /kaniko/executor \\
            --dockerfile=\${inputs.params.pathToDockerFile} \\
            --destination=\${outputs.resources.docker-image.url} \\
            --context=\${inputs.params.pathToContext}  \\
            --oci-layout-path=/builder/home/image-outputs/docker-image \\
            --skip-tls-verify
          "
---
apiVersion: tekton.dev/v1alpha1
kind: TaskRun
metadata: {name: kaniko}
spec:
  serviceAccount: pipeline
  taskRef: {name: build-with-kaniko}
  inputs:
    resources:
      - name: git-source
        resourceRef: {name: app-git}
  outputs:
    resources:
      - name: docker-image
        resourceRef: {name: app-image}
`);
    const { reason, message, log } = await team.ended('kaniko');
    assert.equal(reason, 'Succeeded', `${message}\n${log}`);
    assert.match(
      log,
      new RegExp(`^git-source: ${team.gitUrl}/app\\.git at ${team.commit} in /workspace/git-source$`, 'm'),
    );
    const [, digest] = /Pushed \S+@(sha256:[0-9a-f]{64})/.exec(log) ?? [];
    const query = [
      'get',
      'taskruns.v1alpha1.tekton.dev',
      'kaniko',
      '-o',
      'jsonpath={.status.resourcesResult}',
    ];
    const results = JSON.parse(await team.kubectl(...query)) as {
      key: string;
      value: string;
      resourceRef: object;
    }[];
    const said = results.map(({ key, value, resourceRef }) => [key, value, resourceRef]);
    assert.deepEqual(said, [
      ['commit', team.commit, { name: 'app-git' }],
      ['url', `${team.gitUrl}/app.git`, { name: 'app-git' }],
      ['digest', digest, { name: 'app-image' }],
    ]);
  });

  test('without the Secret the clone fails, and says which Secret it wants', async () => {
    await team.apply(`
apiVersion: tekton.dev/v1alpha1
kind: TaskRun
metadata: {name: private}
spec:
  inputs:
    resources:
      - name: source
        resourceSpec: {type: git, params: [{name: url, value: "${team.gitUrl}/app.git"}]}
  taskSpec:
    inputs:
      resources: [{name: source, type: git}]
    steps: [{name: never, image: busybox, command: [echo, never]}]
`);
    const { reason, log } = await team.ended('private');
    assert.equal(reason, 'StepFailed');
    assert.match(
      log,
      /needs a user and a password: put them into a Secret of type kubernetes\.io\/basic-auth/,
    );
    assert.doesNotMatch(log, /^never/m);
  });

  test('finds HOME at /builder/home in every step, and starts in /workspace', async () => {
    await team.apply(`
apiVersion: tekton.dev/v1alpha1
kind: TaskRun
metadata: {name: home}
spec:
  taskSpec:
    steps:
      - {image: busybox, command: [sh, -c, 'echo stuff > $HOME/stuff']}
      - {image: busybox, command: [cat, /builder/home/stuff]}
      - {image: busybox, command: [pwd]}
`);
    const { reason, log } = await team.ended('home');
    assert.equal(reason, 'Succeeded', log);
    assert.match(log, /^stuff$/m);
    assert.match(log, /^\/workspace$/m);
  });
});

test('a Pipeline of 2019 hands what one task made of a repository to the next', async () => {
  await team.apply(`
apiVersion: tekton.dev/v1alpha1
kind: Task
metadata: {name: create-file}
spec:
  inputs:
    resources: [{name: workspace, type: git, targetPath: damnworkspace}]
    params: [{name: text}]
  outputs:
    resources: [{name: workspace, type: git}]
  steps:
    - name: write
      image: busybox
      command: [sh, -c, "cat /workspace/damnworkspace/hello && echo '\${inputs.params.text}' > /workspace/damnworkspace/stuff"]
---
apiVersion: tekton.dev/v1alpha1
kind: Task
metadata: {name: check-file}
spec:
  inputs:
    resources: [{name: workspace, type: git, targetPath: newworkspace}]
  steps:
    - {name: read, image: busybox, command: [cat, /workspace/newworkspace/stuff]}
---
apiVersion: tekton.dev/v1alpha1
kind: Pipeline
metadata: {name: output-pipeline}
spec:
  params: [{name: text, default: some stuff}]
  resources: [{name: source-repo, type: git}]
  tasks:
    - name: first-create-file
      taskRef: {name: create-file}
      params: [{name: text, value: "\${params.text}"}]
      resources:
        inputs: [{name: workspace, resource: source-repo}]
        outputs: [{name: workspace, resource: source-repo}]
    - name: then-check
      taskRef: {name: check-file}
      resources:
        inputs: [{name: workspace, resource: source-repo, from: [first-create-file]}]
---
apiVersion: tekton.dev/v1alpha1
kind: PipelineRun
metadata: {name: output}
spec:
  pipelineRef: {name: output-pipeline}
  serviceAccount: pipeline
  resources:
    - name: source-repo
      resourceRef: {name: app-git}
`);
  const { reason, message, log } = await team.ended('output', 'pipelineRun');
  assert.equal(reason, 'Succeeded', `${message}\n${log}`);
  assert.match(log, /^some stuff$/m);
});

test('a task of 2019 runs when its Conditions find what they look for in the repository, and is skipped when not', async () => {
  await team.apply(`
apiVersion: tekton.dev/v1alpha1
kind: Condition
metadata: {name: file-exists}
spec:
  params: [{name: path}]
  resources:
    - {name: workspace, type: git}
    - {name: other, type: git, optional: true}
  check:
    image: busybox
    command: [sh, -c]
    args: ['test -f \${resources.workspace.path}/$(params.path) && test ! -e $(resources.other.path)/hello']
---
apiVersion: tekton.dev/v1alpha1
kind: Pipeline
metadata: {name: conditional}
spec:
  params: [{name: there, default: hello}]
  resources: [{name: source-repo, type: git}]
  tasks:
    - name: change
      taskRef: {name: create-file}
      params: [{name: text, value: changed}]
      resources:
        inputs: [{name: workspace, resource: source-repo}]
        outputs: [{name: workspace, resource: source-repo}]
    - name: found
      conditions:
        - conditionRef: file-exists
          params: [{name: path, value: "\${params.there}"}]
          resources: [{name: workspace, resource: source-repo}]
        - conditionRef: file-exists
          params: [{name: path, value: stuff}]
          resources: [{name: workspace, resource: source-repo, from: [change]}]
      taskSpec: {steps: [{image: busybox, command: [echo, it is there]}]}
    - name: missed
      conditions:
        - conditionRef: file-exists
          params: [{name: path, value: nowhere}]
          resources: [{name: workspace, resource: source-repo}]
      taskSpec: {steps: [{image: busybox, command: [echo, never]}]}
    - name: after-missed
      runAfter: [missed]
      taskSpec: {steps: [{image: busybox, command: [echo, never]}]}
---
apiVersion: tekton.dev/v1alpha1
kind: PipelineRun
metadata: {name: conditional}
spec:
  pipelineRef: {name: conditional}
  serviceAccount: pipeline
  resources:
    - name: source-repo
      resourceRef: {name: app-git}
`);
  const { reason, message, log } = await team.ended('conditional', 'pipelineRun');
  assert.equal(reason, 'Completed', `${message}\n${log}`);
  assert.match(log, /^it is there$/m);
  assert.doesNotMatch(log, /^never$/m);
  const query = [
    'get',
    'pipelineruns.v1alpha1.tekton.dev',
    'conditional',
    '-o',
    'jsonpath={.status.taskRuns}',
  ];
  const taskRuns = JSON.parse(await team.kubectl(...query)) as Record<
    string,
    {
      conditionChecks?: Record<string, { status: { check: { terminated: { exitCode: number } } } }>;
      status?: object;
    }
  >;
  const codes = (task: string): number[] =>
    Object.values(taskRuns[`conditional-${task}`]?.conditionChecks ?? {}).map(
      ({ status }) => status.check.terminated.exitCode,
    );
  assert.deepEqual([codes('found'), codes('missed')], [[0, 0], [1]]);
  assert.match(JSON.stringify(taskRuns['conditional-missed']?.status), /"ConditionCheckFailed"/);
  assert.equal(taskRuns['conditional-after-missed'], undefined);
});
