import { visitText, type YamlNode } from '@slipway/kube';

/** `${x}` and `$(x)`, the spellings of Tekton until v0.6 and since. */
const REFERENCE = /\$(?:\{([_a-zA-Z][_a-zA-Z0-9.[\]*-]*)\}|\(([_a-zA-Z][_a-zA-Z0-9.[\]*-]*)\))/g;
const PARAM = /^(?:inputs\.)?params\.(.+)$/;
const RESOURCE = /^(?:(inputs|outputs)\.resources|resources\.(inputs|outputs))\.([^.]+)\.(.+)$/;

/** A variable of a resource: `inputs.resources.source.url`. */
export interface ResourceVariable {
  readonly direction: 'inputs' | 'outputs';
  readonly name: string;
  readonly key: string;
}

/** What stands for a variable of a resource, or undefined where nothing does; `node` is the text that it stands in. */
export type ResourceReplacement = (variable: ResourceVariable, node: YamlNode) => string | undefined;

/**
 * Writes every reference to a param or a resource below a node as v1 does. All other text, `${HOME}` and `$(cat file)`
 * among it, stays as it is.
 */
export function rewriteReferences(node: YamlNode, replacement: ResourceReplacement): void {
  visitText(node, (scalar) => {
    const text = scalar.value.replace(REFERENCE, (whole, braced?: string, round?: string) => {
      const name = (braced ?? round)!;
      const param = PARAM.exec(name);
      if (param) return `$(params.${param[1]})`;
      const resource = RESOURCE.exec(name);
      if (!resource) return whole;
      const direction = (resource[1] ?? resource[2]) as 'inputs' | 'outputs';
      return replacement({ direction, name: resource[3]!, key: resource[4]! }, scalar) ?? whole;
    });
    if (text !== scalar.value) scalar.value = text;
  });
}
