import { type KubeObject, StatusError } from '@slipway/kube';
import type { ResourceRequest, ServerContext, WriteOptions } from '../context.ts';
import { REVIEWERS } from '../reviews/review.ts';
import { type Body, decodeBody } from './body.ts';
import { requireSameIdentity } from './metadata.ts';

/** Creates one of the objects that are questions: the answer has a status, and nothing is stored. */
export async function createReview(
  context: ServerContext,
  request: ResourceRequest,
  body: Body,
  options: WriteOptions = {},
): Promise<KubeObject> {
  const { type } = request.definition;
  const review = REVIEWERS[type.plural];
  if (review === undefined) throw StatusError.methodNotAllowed(type, 'create');
  const object = decodeBody(request, body, options);
  requireSameIdentity({ ...request, name: '' }, object);
  return review(context, request, object);
}
