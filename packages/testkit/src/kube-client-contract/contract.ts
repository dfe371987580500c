import { after, before, describe } from 'node:test';
import type { KubeClient } from '@slipway/kube';
import { objectContract } from './objects.ts';
import { patchContract } from './patches.ts';
import { watchContract } from './watch.ts';

/** A client to judge, and a namespace of its own for the tests, which is there and has nothing in it. */
export interface KubeClientHarness {
  readonly client: KubeClient;
  readonly namespace: string;
  close?(): Promise<void>;
}

/** The harness, from inside a test; it is opened once for the suite. */
export type Harness = () => KubeClientHarness;

/**
 * Registers the tests that every implementation of KubeClient must pass; call it at the top of a test file.
 *
 * @example kubeClientContract('in process', async () => ({ client: server.client, namespace: 'contract' }));
 */
export function kubeClientContract(title: string, open: () => Promise<KubeClientHarness>): void {
  describe(`KubeClient contract: ${title}`, () => {
    let harness: KubeClientHarness | undefined;
    before(async () => {
      harness = await open();
    });
    after(async () => {
      await harness?.close?.();
    });
    const use: Harness = () => {
      if (!harness) throw new Error('the harness is not open yet');
      return harness;
    };
    objectContract(use);
    patchContract(use);
    watchContract(use);
  });
}
