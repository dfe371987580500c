import type { EnvVar, Step } from '@slipway/kube';
import { folders } from '../pod/folders.ts';
import { RunFailure } from '../taskrun/run-failure.ts';
import { type BoundResource, paramOf } from './bound-resource.ts';
import { type StepContext, stepName, stepScript } from './resource-step.ts';

/** The result of the step in which it says which commit it took. */
export const COMMIT_RESULT = 'commit';

/** The step that clones a git input into its folder. */
export function gitStep(resource: BoundResource, context: StepContext): Step {
  const { spec, resourceName, path } = resource;
  const url = paramOf(spec, 'url').trim();
  if (url === '') {
    const message = `PipelineResource "${resourceName}" of type git has no param "url"`;
    throw RunFailure.ofUser('TaskRunValidationFailed', message);
  }
  return {
    name: stepName('git-source', resourceName, resource, context),
    image: context.image,
    workingDir: folders.workspace,
    env: [
      { name: 'TEKTON_RESOURCE_NAME', value: resourceName },
      { name: 'URL', value: url },
      { name: 'REVISION', value: paramOf(spec, 'revision') },
      { name: 'REFSPEC', value: paramOf(spec, 'refspec') },
      { name: 'DEPTH', value: /^\d+$/.exec(paramOf(spec, 'depth'))?.[0] ?? '1' },
      { name: 'SUBMODULES', value: `${paramOf(spec, 'submodules') !== 'false'}` },
      { name: 'SSL_VERIFY', value: `${paramOf(spec, 'sslVerify') !== 'false'}` },
      { name: 'TARGET', value: path },
      { name: 'COMMIT_FILE', value: `$(step.results.${COMMIT_RESULT}.path)` },
      ...proxyVariables(resource),
    ],
    results: [{ name: COMMIT_RESULT }],
    script: stepScript('git-source.sh'),
  };
}

/** git takes them in lower case; without them, those of the machine stay. */
function proxyVariables({ spec }: BoundResource): EnvVar[] {
  return ['http_proxy', 'https_proxy', 'no_proxy'].flatMap((name) => {
    const value = paramOf(spec, name.replace('_', ''));
    return value === '' ? [] : [{ name, value }];
  });
}
