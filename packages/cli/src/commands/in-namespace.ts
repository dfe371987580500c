/**
 * Whether this command, started by an ordinary user, ran again in a user namespace and is done. Without subordinate ids it goes
 * on there with one user id, after a word on what that costs.
 */
export async function ranInNamespace({ stateDir }: { stateDir?: string }): Promise<boolean> {
  const { enterNamespace, hasOneId, MORE_IDS_HINT } = await import('@slipway/daemon');
  if (await enterNamespace(stateDir)) return true;
  if (hasOneId()) {
    process.stderr.write(
      `note: you have no range in /etc/subuid and /etc/subgid, so everything belongs to one user id: steps run as root only; images keep their owners, which are recorded\nhint: ${MORE_IDS_HINT}\n`,
    );
  }
  return false;
}
