import { type ConfigMap, isStatus, type KubeClient, resources, type Secret } from '@slipway/kube';
import { ConfigProblem } from './config-problem.ts';

/** Reads the ConfigMaps and Secrets that a pod names, each once; data as bytes. */
export class ConfigLookup {
  readonly #client: KubeClient;
  readonly #namespace: string;
  readonly #found = new Map<string, Promise<ReadonlyMap<string, Buffer> | undefined>>();

  constructor(client: KubeClient, namespace: string) {
    this.#client = client;
    this.#namespace = namespace;
  }

  /** Throws ConfigProblem when it is missing and not optional; then undefined means missing. */
  async configMap(name: string, optional = false): Promise<ReadonlyMap<string, Buffer> | undefined> {
    return await this.#get('configmap', name, optional, async () => {
      const { data = {}, binaryData = {} } = await this.#client.get<ConfigMap>(
        resources.configmaps,
        name,
        this.#namespace,
      );
      return new Map([...entries(data, 'utf8'), ...entries(binaryData, 'base64')]);
    });
  }

  /** Throws ConfigProblem when it is missing and not optional; then undefined means missing. */
  async secret(name: string, optional = false): Promise<ReadonlyMap<string, Buffer> | undefined> {
    return await this.#get('secret', name, optional, async () => {
      const { data = {} } = await this.#client.get<Secret>(resources.secrets, name, this.#namespace);
      return new Map(entries(data, 'base64'));
    });
  }

  async #get(
    kind: 'configmap' | 'secret',
    name: string,
    optional: boolean,
    read: () => Promise<ReadonlyMap<string, Buffer>>,
  ): Promise<ReadonlyMap<string, Buffer> | undefined> {
    const key = `${kind}/${name}`;
    const reading = this.#found.get(key) ?? read().catch(missingAsUndefined);
    this.#found.set(key, reading);
    const found = await reading.finally(() => this.#found.delete(key));
    // What is missing may come later: the next try looks again.
    if (found !== undefined) this.#found.set(key, reading);
    if (found === undefined && !optional) throw new ConfigProblem(this.#missing(kind, name));
    return found;
  }

  /** The kubelet's words, and what would be right. */
  #missing(kind: 'configmap' | 'secret', name: string): string {
    const create = kind === 'secret' ? 'secret generic' : 'configmap';
    const command = `kubectl create ${create} ${name} -n ${this.#namespace} --from-file=<key>=<file>`;
    return `${kind} "${name}" not found in namespace ${this.#namespace}: make it, then run again: ${command}`;
  }
}

function missingAsUndefined(error: unknown): undefined {
  if (!isStatus(error, 'NotFound')) throw error;
}

function entries(data: Readonly<Record<string, string>>, encoding: BufferEncoding): [string, Buffer][] {
  return Object.entries(data).map(([key, value]) => [key, Buffer.from(value, encoding)]);
}
