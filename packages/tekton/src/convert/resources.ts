import { isMap, type YAMLMap } from '@slipway/kube';
import { mapAt, mapsAt, nodeAt, plain, textAt } from './nodes.ts';
import type { Report } from './report.ts';

/** A PipelineResource: its type and its params, names in lower case as Tekton compared them. */
export interface KnownResource {
  readonly name: string;
  readonly type: string;
  readonly params: ReadonlyMap<string, string>;
}

/** The PipelineResource that a document or a `resourceSpec` describes. */
export function readResource(name: string, spec: YAMLMap | undefined): KnownResource {
  const params = mapsAt(spec, 'params').map((param): [string, string] => [
    (textAt(param, 'name') ?? '').toLowerCase(),
    String(plain(nodeAt(param, 'value')) ?? ''),
  ]);
  return { name, type: textAt(spec, 'type') ?? '', params: new Map(params) };
}

/** The resources of the files at hand, and which of them a run has used. */
export class KnownResources {
  readonly #byName = new Map<string, KnownResource>();
  readonly used: Set<string> = new Set();

  add(resource: KnownResource): void {
    this.#byName.set(resource.name, resource);
  }

  /** What a binding of a run stands for; a problem where nobody knows. */
  bound(binding: YAMLMap, report: Report): KnownResource | undefined {
    const spec = mapAt(binding, 'resourceSpec');
    const name = textAt(binding, 'name') ?? '';
    if (isMap(spec)) return readResource(name, spec);
    const ref = textAt(binding, 'resourceRef', 'name') ?? '';
    const found = this.#byName.get(ref);
    if (!found) {
      report.problem(
        `there is no PipelineResource "${ref}" in these files; give its file with -f as well`,
        binding,
      );
      return undefined;
    }
    this.used.add(ref);
    return found;
  }
}
