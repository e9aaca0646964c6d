/**
 * Every error that a caller can meet, over all services: code, status, title, and the sentence that is filled in.
 * `docs/http.md` shows the same rows; a test compares both ways. Sorted by status, then by code.
 */
export const problemTable = {
  'malformed-json': { status: 400, title: 'Malformed JSON', detail: 'the body is not valid JSON: {reason}' },
  'malformed-request': { status: 400, title: 'Malformed request', detail: 'the request cannot be read: {reason}' },
  unauthenticated: {
    status: 401,
    title: 'Not signed in',
    detail: '{reason}; send a valid token as `Authorization: Bearer …`',
  },
  forbidden: { status: 403, title: 'Not allowed', detail: 'the role {role} may not do this; it takes {needed}' },
  'signature-invalid': {
    status: 403,
    title: 'Link not valid',
    detail: 'the link was not made here or was changed; read the resource again for a fresh one',
  },
  'album-not-found': { status: 404, title: 'Album not found', detail: 'there is no album {id}, or it is not yours' },
  'artifact-not-found': { status: 404, title: 'Artifact not found', detail: 'the mesh has no artifact {name}' },
  'batch-not-found': { status: 404, title: 'Batch not found', detail: 'there is no batch {id}' },
  'breaker-not-found': { status: 404, title: 'Breaker not found', detail: 'there is no breaker {name}' },
  'campaign-not-found': {
    status: 404,
    title: 'Campaign not found',
    detail: 'there is no campaign {id}, or it is not yours',
  },
  'dead-letter-not-found': { status: 404, title: 'Dead letter not found', detail: 'there is no dead letter {id}' },
  'entity-not-found': { status: 404, title: 'Entity not found', detail: 'the campaign has no {kind} {id}' },
  'image-not-found': { status: 404, title: 'Image not found', detail: 'the project has no image {id}' },
  'job-not-found': { status: 404, title: 'Job not found', detail: 'there is no job {id}, or it is not yours' },
  'match-not-found': { status: 404, title: 'Match not found', detail: 'there is no match {id}, or it is not yours' },
  'mesh-not-found': { status: 404, title: 'Mesh not found', detail: 'there is no mesh {id}, or it is not yours' },
  'not-found': { status: 404, title: 'Not found', detail: 'there is nothing at {path}' },
  'notification-not-found': {
    status: 404,
    title: 'Notification not found',
    detail: 'there is no notification {id}, or it is not yours',
  },
  'operation-not-found': { status: 404, title: 'Operation not found', detail: 'there is no operation {id}' },
  'project-not-found': {
    status: 404,
    title: 'Project not found',
    detail: 'there is no project {id}, or it is not yours',
  },
  'queue-not-found': { status: 404, title: 'Queue not found', detail: 'there is no queue {name}' },
  'release-not-found': { status: 404, title: 'Release not found', detail: 'the album has no release {id}' },
  'schedule-not-found': { status: 404, title: 'Schedule not found', detail: 'there is no schedule {name}' },
  'template-not-found': { status: 404, title: 'Template not found', detail: 'there is no template {id}' },
  'webhook-not-found': {
    status: 404,
    title: 'Webhook not found',
    detail: 'there is no webhook or delivery {id}, or it is not yours',
  },
  'worker-not-found': { status: 404, title: 'Worker not found', detail: 'there is no worker {id}, or it has left' },
  'method-not-allowed': {
    status: 405,
    title: 'Method not allowed',
    detail: '{method} is not offered here, only {allowed}',
  },
  'request-timeout': { status: 408, title: 'Request timed out', detail: 'the request did not arrive in time' },
  'batch-in-progress': {
    status: 409,
    title: 'Batch in progress',
    detail: 'the project is at batch {id} of other pictures; wait for its end or cancel it',
  },
  'batch-state-conflict': { status: 409, title: 'Wrong state', detail: '{reason}' },
  conflict: { status: 409, title: 'Conflict', detail: '{reason}' },
  'count-changed': {
    status: 409,
    title: 'Another number of jobs',
    detail: 'the filter finds {count} now and not {expectedCount}; look again',
  },
  'idempotency-key-in-progress': {
    status: 409,
    title: 'Still in progress',
    detail: 'a request with this Idempotency-Key is still running; repeat it in a moment',
  },
  'image-in-use': { status: 409, title: 'Image in use', detail: 'the image is in use by {holders}' },
  'job-state-conflict': { status: 409, title: 'Wrong state', detail: '{reason}' },
  'job-unique-conflict': { status: 409, title: 'Another job stands for it', detail: '{reason}' },
  'mesh-state-conflict': { status: 409, title: 'Wrong state', detail: '{reason}' },
  'name-taken': { status: 409, title: 'Name taken', detail: 'the name {name} is already in use here' },
  'step-not-unknown': { status: 409, title: 'Step takes no answer', detail: '{reason}' },
  'artifact-gone': { status: 410, title: 'Artifact gone', detail: 'the artifact {name} was removed' },
  'link-expired': {
    status: 410,
    title: 'Link expired',
    detail: 'the link was good for a time and is no more; read the resource again for a fresh one',
  },
  'revision-mismatch': {
    status: 412,
    title: 'Changed in the meantime',
    detail: 'it is no longer at the revision in If-Match; read it again',
  },
  'body-too-large': { status: 413, title: 'Body too large', detail: 'the body may have at most {limitBytes} bytes' },
  'unsupported-media-type': {
    status: 415,
    title: 'Unsupported media type',
    detail: 'the body is {type}; send {expected}',
  },
  'dead-letter-not-replayable': { status: 422, title: 'Not replayable', detail: '{reason}' },
  'idempotency-key-reused': {
    status: 422,
    title: 'Idempotency-Key reused',
    detail: 'this Idempotency-Key came with another body before; take a fresh key for another request',
  },
  'job-name-unknown': { status: 422, title: 'Unknown job', detail: 'this service performs no job named {name}' },
  'validation-failed': { status: 422, title: 'Invalid input', detail: 'the input is not valid; see errors' },
  'quota-exceeded': {
    status: 429,
    title: 'Quota exceeded',
    detail: 'at most {limit} {what} for one person; there is room again {reset}',
  },
  'rate-limited': {
    status: 429,
    title: 'Too many requests',
    detail: 'more than {limit} requests in {windowSeconds} s; slow down',
  },
  'headers-too-large': { status: 431, title: 'Headers too large', detail: 'the request headers are too large' },
  internal: { status: 500, title: 'Internal error', detail: 'something went wrong here; the trace id leads to it' },
  'image-provider-failed': {
    status: 502,
    title: 'Image provider failed',
    detail: 'the image provider answered: {reason}',
  },
  'dependency-unavailable': {
    status: 503,
    title: 'Not available now',
    detail: '{dependency} cannot be reached; try again',
  },
} as const satisfies Record<string, { status: number; title: string; detail: string }>;

export type ProblemCode = keyof typeof problemTable;
