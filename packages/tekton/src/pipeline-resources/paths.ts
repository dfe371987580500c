import { posix } from 'node:path';
import { folders } from '../pod/folders.ts';
import type { TaskResource } from '../versions/annotations.ts';

/** Where the outputs of a Task are that are not its inputs as well. */
const OUTPUTS = `${folders.workspace}/output`;

/** Where an input is in the steps: under `/workspace`, or at an absolute targetPath. */
export function inputPath(declaration: TaskResource): string {
  return posix.resolve(folders.workspace, declaration.targetPath || declaration.name);
}

/** Where an output is in the steps: at its targetPath, where the input of its name is, or else under `/workspace/output`. */
export function outputPath(declaration: TaskResource, inputs: readonly TaskResource[]): string {
  if (declaration.targetPath) return posix.resolve(folders.workspace, declaration.targetPath);
  const input = inputs.find(({ name }) => name === declaration.name);
  return input ? inputPath(input) : posix.resolve(OUTPUTS, declaration.name);
}
