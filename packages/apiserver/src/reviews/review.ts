import type { KubeObject } from '@slipway/kube';
import type { ResourceRequest, ServerContext } from '../context.ts';
import { selfSubjectReview } from './self-subject-review.ts';
import { selfSubjectRulesReview } from './self-subject-rules-review.ts';
import {
  localSubjectAccessReview,
  selfSubjectAccessReview,
  subjectAccessReview,
} from './subject-access-review.ts';
import { tokenReview } from './token-review.ts';

/** Answers a question: fills in the status of a review, which is not stored. */
export type Reviewer = (
  context: ServerContext,
  request: ResourceRequest,
  review: KubeObject,
) => KubeObject | Promise<KubeObject>;

/** Who answers which review, by the plural of its type. */
export const REVIEWERS: Readonly<Record<string, Reviewer>> = {
  tokenreviews: tokenReview,
  selfsubjectreviews: selfSubjectReview,
  subjectaccessreviews: subjectAccessReview,
  localsubjectaccessreviews: localSubjectAccessReview,
  selfsubjectaccessreviews: selfSubjectAccessReview,
  selfsubjectrulesreviews: selfSubjectRulesReview,
};
