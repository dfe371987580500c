import { SlipwayError } from '@slipway/core';
import { resources } from '@slipway/kube';
import type { GrantOptions } from '../commands/grant.ts';
import { openSession } from '../session.ts';
import { requireNamespace } from './namespace.ts';
import { printReport } from './report.ts';

const LABEL = 'pod-security.kubernetes.io/enforce';
const LEVELS = ['privileged', 'baseline', 'restricted'];

/** `slipway grant pod-security <level>`: sets the label; `--revoke` removes it where it has this level. */
export async function grantPodSecurity(level: string, options: GrantOptions): Promise<void> {
  if (!LEVELS.includes(level)) {
    throw new SlipwayError('usage', 'LEVEL_UNKNOWN', `"${level}" is no Pod Security level`, {
      hint: `the levels are ${LEVELS.join(', ')}`,
    });
  }
  await using session = await openSession(options);
  const { client } = session;
  const { revoke: revoked = false, dryRun = false, output } = options;
  const namespace = options.namespace ?? session.namespace;
  const { metadata } = await requireNamespace(client, namespace);
  const current = metadata.labels?.[LABEL];
  const changed = revoked ? current === level : current !== level;
  if (changed && !dryRun) {
    const body = { metadata: { labels: { [LABEL]: revoked ? null : level } } };
    await client.patch(resources.namespaces, namespace, { type: 'merge', body });
  }
  const overwrite = current === undefined ? '' : ' --overwrite';
  const change = revoked ? `${LABEL}-` : `${LABEL}=${level}${overwrite}`;
  const kubectl = `kubectl label namespace ${namespace} ${change}`;
  const sentence = revoked
    ? `the namespace ${namespace} does not enforce the Pod Security level ${level} by a label`
    : `the namespace ${namespace} enforces the Pod Security level ${level}`;
  const report = { kind: 'pod-security', name: level, namespace, revoked, changed, dryRun } as const;
  printReport({ ...report, commands: { kubectl }, warnings: [] }, sentence, output);
}
