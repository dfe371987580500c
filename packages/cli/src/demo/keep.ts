import type { Interruption } from '../interruption.ts';
import type { Session } from '../session.ts';

/** Keeps the control plane of this command running until Ctrl-C. */
export async function keepRunning(session: Session, interrupt: Interruption): Promise<void> {
  const { embedded } = session;
  if (embedded === undefined || !embedded.own) return; // it was there before and goes on
  process.stdout.write(`\nexport KUBECONFIG=${embedded.stateDir}/kubeconfig\nrunning until Ctrl-C …\n`);
  await interrupt.happened;
}
