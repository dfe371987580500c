import type { PlannedStage } from '@slipway/dockerfile';
import { type Platform, parsePlatform } from '@slipway/oci';
import type { BuildSession } from '../session.ts';

/** The platform that a stage is FROM: its own, or the build's. */
export function platformOfStage(session: BuildSession, { platform }: PlannedStage): Platform {
  return platform === undefined ? session.platform : parsePlatform(platform);
}

/**
 * Throws BUILD_PLATFORM where a RUN of the plan needs programs that this machine cannot run. With a cache in a registry it is not
 * known yet which RUNs have to run: then each asks when it does.
 */
export async function requireRunnable(session: BuildSession): Promise<void> {
  if (session.registryCache !== undefined) return;
  for (const planned of session.plan.stages) {
    const instructions = [...planned.triggers, ...planned.stage.instructions];
    const run = instructions.find(({ kind }) => kind === 'run');
    // A stage FROM another stage has the platform of that one.
    if (run === undefined) continue;
    await session.emulation.require(platformOfStage(session, baseStage(session, planned)), run.place);
  }
}

function baseStage(session: BuildSession, planned: PlannedStage): PlannedStage {
  const { base } = planned;
  if (base.kind !== 'stage') return planned;
  const parent = session.plan.stages.find(({ stage }) => stage.index === base.index);
  return parent === undefined ? planned : baseStage(session, parent);
}
