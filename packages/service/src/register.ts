/**
 * Loaded before everything else by `node --import @millrace/service/register`: from here on the libraries named below make spans.
 * The hook must be in place before they are loaded, or they stay silent; a test fails then.
 */
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { ExpressInstrumentation, ExpressLayerType } from '@opentelemetry/instrumentation-express';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { MongoDBInstrumentation } from '@opentelemetry/instrumentation-mongodb';
import { RuntimeNodeInstrumentation } from '@opentelemetry/instrumentation-runtime-node';
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici';
import { register } from 'import-in-the-middle/register-hooks.mjs';
import { commandShape } from './command-shape.ts';
import { telemetryConfig } from './config.ts';
import { startTelemetry } from './telemetry.ts';

// In this thread and for these alone: a thread of its own that looks at every module costs as much again as loading them.
// Of the version that the instrumentations use, or they see nothing of what passes here; the test would fail then, too.
register({ include: ['http', 'https', 'express', 'mongodb'] });
startTelemetry(telemetryConfig());

/** Probes, documentation and streams would only bury what matters. */
const untraced = /^\/(healthz|readyz|metrics|openapi\.json)$|\/events$/;

registerInstrumentations({
  instrumentations: [
    new HttpInstrumentation({ ignoreIncomingRequestHook: ({ url }) => untraced.test((url ?? '').split('?')[0] ?? '') }),
    new ExpressInstrumentation({ ignoreLayersType: [ExpressLayerType.MIDDLEWARE] }),
    new MongoDBInstrumentation({ requireParentSpan: true, dbStatementSerializer: commandShape }),
    new UndiciInstrumentation({ requireParentforSpans: true }),
    new RuntimeNodeInstrumentation(),
  ],
});
