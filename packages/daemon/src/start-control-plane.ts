import type { ControlPlane, ControlPlaneOptions } from './control-plane.ts';

/** Starts it, and loads it only now: it is most of this package, and most commands do without. */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const controlPlane = await import('./control-plane.ts');
  return await controlPlane.startControlPlane(options);
}
