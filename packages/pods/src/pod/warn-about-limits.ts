import { runtimePlace } from '@slipway/containers';
import type { Pod } from '@slipway/kube';
import type { RunnerContext } from '../runner-options.ts';
import { allContainers } from './pod-state.ts';

const warned = new WeakSet<RunnerContext>();

/** Says once, in an event and in the log, that limits do not hold where we may make no cgroups. */
export function warnAboutLimits(runner: RunnerContext, pod: Pod): void {
  const hasLimits = allContainers(pod).some(
    ({ resources }) => Object.keys(resources?.limits ?? {}).length > 0,
  );
  if (!hasLimits || runtimePlace().cgroups || warned.has(runner)) return;
  warned.add(runner);
  const message = 'resource limits are not enforced: this process may not make cgroups (it is not root)';
  runner.logger.warn(message);
  runner.events.warning(pod, 'LimitsNotEnforced', message);
}
