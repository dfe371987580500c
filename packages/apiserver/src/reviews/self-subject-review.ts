import { formatTime } from '@slipway/kube';
import type { Reviewer } from './review.ts';
import { userStatus } from './user-status.ts';

/** Who am I? (`kubectl auth whoami`) */
export const selfSubjectReview: Reviewer = ({ clock }, { user }, review) => ({
  ...review,
  metadata: { ...review.metadata, creationTimestamp: formatTime(clock.now()) },
  status: { userInfo: userStatus(user) },
});
