import type { AdmissionPlugin } from './admission.ts';

/** Says of a new Service that it is only kept: whoever applies one expects traffic. */
export const serviceNotice: AdmissionPlugin = {
  name: 'ServiceNotice',
  admit({ operation, type, warn }) {
    if (operation !== 'CREATE' || type.group !== '' || type.plural !== 'services') return;
    warn(
      'this control plane keeps services and forwards nothing to them: reach a port of a pod at 127.0.0.1',
    );
  },
};
