import { type KubeObject, pruneObject, schemaFor, splitApiVersion, validateObject } from '@slipway/kube';
import { convertVersion } from '@slipway/tekton';

/**
 * An object of a file as v1 of Tekton's API says it. One whose fields are of wrong types stays as it is: the server will
 * say what is wrong with it.
 */
export function v1View<T extends KubeObject>(object: T): T {
  const kind = schemaFor({ ...splitApiVersion(object.apiVersion), kind: object.kind });
  const isWhole = typeof object.metadata === 'object' && object.metadata !== null;
  if (!isWhole || kind === undefined) return object;
  if (validateObject(pruneObject(object, kind).object, kind).length > 0) return object;
  return convertVersion(object, 'v1') as T;
}
