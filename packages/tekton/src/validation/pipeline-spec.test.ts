import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Pipeline, type PipelineTask, parseManifests } from '@slipway/kube';
import { validatePipeline } from './pipeline-spec.ts';

const problems = (spec: string): string => {
  const text = `{apiVersion: tekton.dev/v1, kind: Pipeline, metadata: {name: p}, spec: ${spec}}`;
  return validatePipeline(parseManifests(text, 'p.yaml')[0]?.object as Pipeline).toString();
};

const one = 'taskRef: {name: t}';

const wrong: [title: string, spec: string, message: string][] = [
  [
    'nothing',
    '{}',
    'expected at least one, got none: spec.description, spec.params, spec.tasks, spec.workspaces',
  ],
  [
    'a task without Task',
    '{tasks: [{name: a}]}',
    'expected exactly one, got neither: spec.tasks[0].taskRef, spec.tasks[0].taskSpec',
  ],
  [
    'a cycle',
    `{tasks: [{name: a, ${one}, runAfter: [b]}, {name: b, ${one}, runAfter: [a]}]}`,
    'invalid value: cycle detected; task "a" depends on "b": spec.tasks',
  ],
  [
    'a cycle of results',
    `{tasks: [{name: a, ${one}, params: [{name: x, value: $(tasks.b.results.r)}]}, {name: b, ${one}, when: [{input: $(tasks.a.results.r), operator: in, values: [x]}]}]}`,
    'invalid value: cycle detected; task "a" depends on "b": spec.tasks',
  ],
  [
    'runAfter of nothing',
    `{tasks: [{name: a, ${one}, runAfter: [z]}]}`,
    "invalid value: couldn't add link between a and z: task a depends on z but z wasn't present in Pipeline: spec.tasks",
  ],
  [
    'an unknown param',
    `{tasks: [{name: a, ${one}, params: [{name: x, value: $(params.who)}]}]}`,
    'non-existent variable in "$(params.who)": spec.tasks[0].params[x].value',
  ],
  [
    'an unknown param in an embedded Task',
    '{tasks: [{name: a, taskSpec: {steps: [{name: s, image: i, script: echo $(params.who)}]}}]}',
    'non-existent variable in "echo $(params.who)": spec.tasks[0].taskSpec.steps[0].script',
  ],
  [
    'a list amid a text',
    `{params: [{name: l, type: array}], tasks: [{name: a, ${one}, params: [{name: x, value: "a $(params.l[*])"}]}]}`,
    'variable type invalid in "a $(params.l[*])": spec.tasks[0].params[x].value',
  ],
  [
    'an unknown key of an object',
    `{params: [{name: o, type: object, properties: {a: {}}}], tasks: [{name: a, ${one}, params: [{name: x, value: "-$(params.o.b)"}]}]}`,
    'non-existent variable in "-$(params.o.b)": spec.tasks[0].params[x].value',
  ],
  [
    'an undeclared workspace',
    `{tasks: [{name: a, ${one}, workspaces: [{name: w, workspace: v}]}]}`,
    'invalid value: pipeline task "a" expects workspace with name "v" but none exists in pipeline spec: spec.tasks[0].workspaces[0]',
  ],
  [
    'a workspace twice',
    `{workspaces: [{name: w}, {name: w}], tasks: [{name: a, ${one}}]}`,
    'invalid value: workspace with name "w" appears more than once: spec.workspaces[1]',
  ],
  [
    'an operator that is none',
    `{tasks: [{name: a, ${one}, when: [{input: x, operator: is, values: [x]}]}]}`,
    'invalid value: operator "is" is not recognized. valid operators: in,notin: spec.tasks[0].when[0].operator',
  ],
  [
    'CEL',
    `{tasks: [{name: a, ${one}, when: [{cel: "true"}]}]}`,
    'CEL in when expressions is not supported: write input, operator and values: spec.tasks[0].when[0].cel',
  ],
  [
    'onError with retries',
    `{tasks: [{name: a, ${one}, onError: continue, retries: 1}]}`,
    'PipelineTask OnError cannot be set to "continue" when Retries is greater than 0: spec.tasks[0].onError',
  ],
  [
    'a status where it is not known',
    `{tasks: [{name: a, ${one}}, {name: b, ${one}, params: [{name: x, value: $(tasks.a.status)}]}]}`,
    'invalid value: pipeline tasks can not refer to execution status of any other pipeline task or aggregate status of tasks: spec.tasks[1].params[x].value',
  ],
  [
    'finally: the status of nothing',
    `{tasks: [{name: a, ${one}}], finally: [{name: f, ${one}, params: [{name: x, value: $(tasks.z.status)}]}]}`,
    'invalid value: pipeline task z is not defined in the pipeline: spec.finally[0].params[x].value',
  ],
  [
    'finally: a result of finally',
    `{tasks: [{name: a, ${one}}], finally: [{name: f, ${one}}, {name: g, ${one}, params: [{name: x, value: $(tasks.f.results.r)}]}]}`,
    'invalid value: invalid task result reference, final task has task result reference from a final task f: spec.finally[1].params[x].value',
  ],
  [
    'finally: runAfter',
    `{tasks: [{name: a, ${one}}], finally: [{name: f, ${one}, runAfter: [a]}]}`,
    'invalid value: no runAfter allowed under spec.finally, final task f has runAfter specified: spec.finally[0].runAfter',
  ],
  [
    'finally alone',
    `{finally: [{name: f, ${one}}]}`,
    'invalid value: spec.tasks is empty but spec.finally has 1 tasks: spec.finally',
  ],
  [
    'a result of a task that is not there',
    `{tasks: [{name: a, ${one}}], results: [{name: r, value: $(tasks.z.results.r)}]}`,
    'invalid value: referencing a nonexistent task: spec.results[0].value',
  ],
  [
    'a result of nothing',
    `{tasks: [{name: a, ${one}}], results: [{name: r, value: text}]}`,
    'invalid value: expected pipeline results to be task result expressions but no expressions were found: spec.results[0].value',
  ],
  [
    'a shell variable',
    `{tasks: [{name: a, ${one}, params: [{name: x, value: $(HOME)}]}]}`,
    'invalid value: invalid variable reference "$(HOME)", must start with a valid prefix: params, tasks, finally, context, workspaces, or results; if you meant a shell variable, use ${VAR} instead: spec.tasks[0].params[x].value',
  ],
  [
    'a param twice',
    `{tasks: [{name: a, ${one}, params: [{name: x, value: a}, {name: x, value: b}]}]}`,
    'parameter names must be unique, the parameter "x" is also defined at: spec.tasks[0].params[1].name',
  ],
  [
    'a matrix of a text',
    `{tasks: [{name: a, ${one}, matrix: {params: [{name: x, value: text}]}}]}`,
    'invalid value: parameters of type array only are allowed, but param "x" has type "string": spec.tasks[0].matrix.params[x]',
  ],
  [
    'one result of a matrix',
    `{tasks: [{name: a, ${one}, matrix: {params: [{name: x, value: [b]}]}}, {name: b, ${one}, params: [{name: z, value: $(tasks.a.results.r)}]}]}`,
    'A matrixed pipelineTask can only be consumed in aggregate using [*] notation, but is currently set to tasks.a.results.r: spec.tasks[1].params[z].value',
  ],
  [
    'a Pipeline in a Pipeline',
    '{tasks: [{name: a, pipelineRef: {name: q}}]}',
    'a Pipeline inside of a Pipeline is not supported: put its tasks into this one, or run it as a PipelineRun of its own: spec.tasks[0].pipelineRef',
  ],
  [
    'a custom task',
    '{tasks: [{name: a, taskRef: {apiVersion: x/v1, kind: Wait, name: w}}]}',
    'custom tasks are not supported: there is no controller for x/v1 Wait; a Task has neither apiVersion nor kind here: spec.tasks[0].taskRef',
  ],
];
for (const [title, spec, message] of wrong) {
  test(`refused: ${title}`, () => assert.equal(problems(spec), message));
}

test('a name is a DNS label, and one task has it', () => {
  const named = (...names: string[]): string =>
    problems(`{tasks: [${names.map((name) => `{name: ${name}, ${one}}`).join(', ')}]}`);
  assert.match(
    named('A_b'),
    /^invalid value "A_b": spec.tasks\[0\].name\nPipeline Task name must be a valid DNS Label/,
  );
  assert.match(named('a', 'a'), /expected exactly one, got both: spec.tasks\[1\].name/);
});

const right: [title: string, spec: string][] = [
  [
    'a list for a param',
    `{params: [{name: l, type: array}], tasks: [{name: a, ${one}, params: [{name: x, value: ["$(params.l[*])"]}, {name: z, value: "$(params.l[*])"}]}]}`,
  ],
  [
    'what the Task gives wins',
    '{tasks: [{name: a, taskSpec: {params: [{name: who}], steps: [{name: s, image: i, script: echo $(params.who)}]}, params: [{name: who, value: x}]}]}',
  ],
  [
    'statuses in finally',
    `{tasks: [{name: a, ${one}}], finally: [{name: f, ${one}, params: [{name: x, value: $(tasks.status) $(tasks.a.status) $(tasks.a.reason)}]}]}`,
  ],
  [
    'context',
    `{tasks: [{name: a, ${one}, params: [{name: x, value: $(context.pipelineRun.name) $(context.pipeline.name) $(context.pipelineTask.retries)}]}]}`,
  ],
];
for (const [title, spec] of right) test(`taken: ${title}`, () => assert.equal(problems(spec), ''));

test('a deep chain and a wide fan are no burden', () => {
  const tasks: PipelineTask[] = Array.from({ length: 300 }, (_, index) => ({
    name: `t${index}`,
    taskRef: { name: 't' },
    runAfter: Array.from({ length: Math.min(index, 5) }, (__, back) => `t${index - back - 1}`),
  }));
  const pipeline: Pipeline = {
    apiVersion: 'tekton.dev/v1',
    kind: 'Pipeline',
    metadata: { name: 'p' },
    spec: { tasks },
  };
  const started = performance.now();
  assert.equal(validatePipeline(pipeline).toString(), '');
  assert.ok(performance.now() - started < 1000);
});
