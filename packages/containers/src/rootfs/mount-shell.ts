import { Shell } from '../process/shell.ts';

/** Starts mount(8) and umount(8), of which a build needs many. The new mount calls know no overlay options that are as long as ours. */
export const mountShell: Shell = new Shell({
  PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
  LC_ALL: 'C',
  LIBMOUNT_FORCE_MOUNT2: 'always',
});
