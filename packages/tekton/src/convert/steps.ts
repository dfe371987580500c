import type { YAMLMap } from '@slipway/kube';
import { containerOnlyFields } from '../versions/container-fields.ts';
import { mapAt, mapsAt, nodeAt, rename, take } from './nodes.ts';
import type { Report } from './report.ts';

/** Gives the steps, the step template and the sidecars of a Task the fields of v1. */
export function convertSteps(spec: YAMLMap, report: Report): void {
  for (const step of mapsAt(spec, 'steps')) convertStep(step, report);
  for (const sidecar of mapsAt(spec, 'sidecars')) rename(sidecar, 'resources', 'computeResources');
  const template = mapAt(spec, 'stepTemplate');
  if (template) convertStep(template, report);
}

function convertStep(step: YAMLMap, report: Report): void {
  rename(step, 'resources', 'computeResources');
  for (const field of containerOnlyFields) {
    const value = nodeAt(step, field);
    if (take(step, field))
      report.note(`${field} of a step has no effect and is left out: v1 has no such field`, value);
  }
}

/** `resources` of the run's overrides are `computeResources`, and their lists have other names. */
export function convertOverrides(spec: YAMLMap): void {
  for (const [from, to] of [
    ['stepOverrides', 'stepSpecs'],
    ['sidecarOverrides', 'sidecarSpecs'],
  ] as const) {
    rename(spec, from, to);
    for (const override of mapsAt(spec, to)) rename(override, 'resources', 'computeResources');
  }
}
