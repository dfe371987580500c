import { isScalar, isSeq, Scalar, type YAMLMap } from '@slipway/kube';
import { append, mapsAt, nodeAt, textAt } from './nodes.ts';
import type { Report } from './report.ts';
import { resourceParam } from './resource-conventions.ts';

/** Programs that write the digest of what they push, and where in their command line the option goes. */
const DIGEST_WRITERS: readonly { readonly command: RegExp; readonly option: string }[] = [
  { command: /\/kaniko\/executor(?=\s|$)(?![\s\S]*--digest-file)/, option: '--digest-file' },
  { command: /\bbuildah\b[^&|;\n]*?\spush(?=\s)(?![\s\S]*--digestfile)/, option: '--digestfile' },
];

const KANIKO_IMAGE = /kaniko-project\/executor|\/kaniko(?::|@|$)/;

/** A small image with a shell, for the step that writes the reference. */
const SHELL_IMAGE = 'docker.io/library/busybox';

/**
 * What `status.resourcesResult` told of an image becomes results of the Task: `IMAGE_URL` by a step that writes it,
 * `IMAGE_DIGEST` by an option of the program that pushes, where that is one that can. Several images have their names before.
 */
export function addImageResults(spec: YAMLMap, images: readonly string[], report: Report): void {
  for (const image of images) {
    const prefix = images.length === 1 ? '' : `${image}-`;
    const [url, digest] = [`${prefix}IMAGE_URL`, `${prefix}IMAGE_DIGEST`];
    const results = [{ name: url, description: `Reference of the image ${image}.` }];
    if (images.length === 1 && writeDigest(spec, digest)) {
      results.push({ name: digest, description: `Digest of the image ${image}.` });
    } else {
      const message = `${digest}: nothing here says the digest of image "${image}"; have the step that pushes it write $(results.${digest}.path)`;
      report.note(message, nodeAt(spec, 'steps'));
    }
    append(spec, 'results', results, ['workspaces', 'params', 'description']);
    append(spec, 'steps', [urlStep(spec, image, url)]);
  }
}

function urlStep(spec: YAMLMap, image: string, result: string): object {
  const known = new Set(mapsAt(spec, 'steps').map((step) => textAt(step, 'name')));
  const wanted = `report-${image}`;
  return {
    name: known.has(wanted) ? `${wanted}-url` : wanted,
    image: SHELL_IMAGE,
    env: [{ name: 'IMAGE', value: `$(params.${resourceParam(image, 'url')})` }],
    script: `#!/bin/sh\nprintf %s "$IMAGE" >"$(results.${result}.path)"\n`,
  };
}

/** Adds the option to the first step that pushes with a program that has one. */
function writeDigest(spec: YAMLMap, result: string): boolean {
  const path = `$(results.${result}.path)`;
  return mapsAt(spec, 'steps').some(
    (step) => inArguments(step, path) || texts(step).some((text) => inText(text, path)),
  );
}

/** A step that runs kaniko's executor by its arguments, without a shell. */
function inArguments(step: YAMLMap, path: string): boolean {
  const command = nodeAt(step, 'command');
  const first = isSeq(command) ? command.items[0] : undefined;
  const named = isScalar(first)
    ? first.value === '/kaniko/executor'
    : KANIKO_IMAGE.test(textAt(step, 'image') ?? '');
  if (!named || textAt(step, 'script') !== undefined) return false;
  const args = nodeAt(step, 'args') ?? command;
  if (!isSeq(args)) return false;
  if (!args.items.some((item) => isScalar(item) && String(item.value).startsWith('--digest-file'))) {
    args.items.push(new Scalar(`--digest-file=${path}`));
  }
  return true;
}

function texts(step: YAMLMap): Scalar<string>[] {
  const lists = [nodeAt(step, 'command'), nodeAt(step, 'args')].flatMap((list) =>
    isSeq(list) ? list.items : [],
  );
  return [...lists, nodeAt(step, 'script')].filter(
    (node): node is Scalar<string> => isScalar(node) && typeof node.value === 'string',
  );
}

function inText(text: Scalar<string>, path: string): boolean {
  for (const { command, option } of DIGEST_WRITERS) {
    const found = command.exec(text.value);
    if (!found) continue;
    const end = found.index + found[0].length;
    text.value = `${text.value.slice(0, end)} ${option}=${path}${text.value.slice(end)}`;
    return true;
  }
  return false;
}
