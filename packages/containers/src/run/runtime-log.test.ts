import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runtimeError } from './runtime-log.ts';

const cases: [name: string, text: string, code: string, message: string][] = [
  [
    'a program that is not in the image',
    'time="2026" level=error msg="runc create failed: unable to start container process: exec: \\"nope\\": executable file not found in $PATH"\n',
    'CONTAINER_CANNOT_RUN',
    'exec: "nope": executable file not found in $PATH',
  ],
  [
    'several lines',
    'time="1" level=error msg="unable to get oom kill count"\ntime="2" level=error msg="runc create failed: boom"\n',
    'RUNTIME_FAILED',
    'boom',
  ],
  [
    'a full disk',
    'mkdir /x: no space left on device',
    'ENOSPC',
    'no space is left for the container: mkdir /x: no space left on device',
  ],
  ['anything else', 'cgroup: boom', 'RUNTIME_FAILED', 'cgroup: boom'],
];

for (const [name, text, code, message] of cases) {
  test(`runtime failure: ${name}`, () => {
    const error = runtimeError(text);
    assert.deepEqual([error.code, error.message], [code, message]);
  });
}
